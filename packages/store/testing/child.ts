import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('child-writer.ts', import.meta.url))

/** A running `child-writer.ts`. */
export interface WriterChild extends AsyncDisposable {
  /** Names that it said were written, so far. */
  readonly acknowledged: readonly string[]
  /** Waits until it is ready and said `count` names. @throws Error with what it wrote to stderr when it ends before. */
  reaches(count: number): Promise<void>
  /** Waits until it has ended by itself. */
  ends(): Promise<void>
  /** Kills it with SIGKILL and reads to the end what it said before. */
  kill(): Promise<void>
}

export interface WriterOptions {
  readonly prefix?: string
  readonly mode?: 'write' | 'idle' | 'once'
  /** Where Node keeps compiled code. It is written when a process ends by itself, so a killed one leaves nothing there. */
  readonly compileCache?: string
}

export function startWriter(folder: string, options: WriterOptions = {}): WriterChild {
  const { prefix = 'n', mode = 'write', compileCache } = options
  const child = spawn(process.execPath, [program, folder, prefix, mode], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: compileCache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: compileCache },
  })
  const acknowledged: string[] = []
  const heard = { lines: 0 }
  let trouble = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    trouble += text
  })
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    heard.lines += 1
    if (line !== 'ready') acknowledged.push(line)
  })
  const closed = once(child, 'close')
  const kill = async () => {
    child.kill('SIGKILL')
    await closed
  }
  return {
    acknowledged,
    async reaches(count) {
      while (heard.lines <= count) {
        if (hasEnded(child)) throw new Error(trouble)
        await Promise.race([once(lines, 'line'), closed])
      }
    },
    async ends() {
      await closed
    },
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
