import type { Operation } from '@cello/api'
import type { TextStream } from '../cli.ts'
import type { Progress } from './progress.ts'
import { treeLines } from './tree-lines.ts'

const frameMs = 80

/** Redraws the tree in place. The cursor is hidden while it runs, and comes back however it ends. */
export function liveProgress(stream: TextStream): Progress {
  let operation: Operation | undefined
  let drawn = 0
  let frame = 0
  const draw = () => {
    if (!operation) return
    const lines = treeLines(operation, stream, frame++)
    // One write, so that no half picture is seen: up, each line cleared to its end, then what is below.
    const up = drawn > 0 ? `\u001b[${drawn}A` : ''
    stream.write(`${up}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`)
    drawn = lines.length
  }
  stream.write('\u001b[?25l')
  const timer = setInterval(draw, frameMs)
  return {
    show(next) {
      operation = next
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      draw()
      stream.write('\u001b[?25h')
    },
  }
}
