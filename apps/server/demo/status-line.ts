import { duration } from '@cello/kit'

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
const frameMs = 80
/** Erases the line that the cursor is in, and goes to its start. */
const erase = '\r\u001b[K'
const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'

/** The last line of a terminal, which says what is going on now and for how long. */
export interface StatusLine extends Disposable {
  /** Writes whole lines above it. */
  write(text: string): void
  /** `undefined`: nothing is going on. */
  show(text: string | undefined): void
}

/** On a terminal the line is redrawn in place; elsewhere it is left out. */
export function statusLine(write: (text: string) => void, isTerminal: boolean): StatusLine {
  if (!isTerminal) return { write, show: () => {}, [Symbol.dispose]: () => {} }
  let shown: { readonly text: string; readonly since: number } | undefined
  let timer: NodeJS.Timeout | undefined
  let frame = 0
  const line = () =>
    shown ? `${erase}  ${frames[frame++ % frames.length]} ${shown.text} … ${duration(Date.now() - shown.since)}` : ''
  const show = (text: string | undefined) => {
    if (text === shown?.text) return
    if (text === undefined) {
      shown = undefined
      clearInterval(timer)
      timer = undefined
      return write(`${erase}${showCursor}`)
    }
    shown = { text, since: Date.now() }
    write(`${timer ? '' : hideCursor}${line()}`)
    timer ??= setInterval(() => write(line()), frameMs).unref()
  }
  return {
    write: (text) => write(shown ? `${erase}${text}${line()}` : text),
    show,
    [Symbol.dispose]: () => show(undefined),
  }
}
