import { styleText } from 'node:util'
import type { TextStream } from '../cli.ts'

type Style = Exclude<Parameters<typeof styleText>[0], readonly unknown[]>

/** Colours text where the stream is a terminal that shows it; NO_COLOR and FORCE_COLOR are heeded. */
export function paint(stream: TextStream, style: Style, text: string): string {
  if (!showsColour(stream)) return text
  return styleText(style, text, { validateStream: false })
}

function showsColour(stream: TextStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR && FORCE_COLOR !== '0') return true
  return stream.isTTY === true && TERM !== 'dumb'
}

/** States that are well, under way, and bad, in one set of colours for all nouns. */
const colours: Readonly<Record<string, Style>> = {
  running: 'green',
  ready: 'green',
  succeeded: 'green',
  committed: 'green',
  valid: 'green',
  active: 'green',
  done: 'green',
  failed: 'red',
  exited: 'red',
  unhealthy: 'red',
  degraded: 'red',
  unreachable: 'red',
  expired: 'red',
  invalid: 'red',
  stopped: 'dim',
  cancelled: 'dim',
  superseded: 'dim',
  unknown: 'magenta',
}

export function paintState(stream: TextStream, state: string): string {
  return paint(stream, colours[state] ?? 'yellow', state)
}
