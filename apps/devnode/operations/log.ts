/** Log lines on stderr, with the level that `FABRIC_LOGGING_SPEC` or `/logspec` sets. */
import { type Level, readLogSpec } from './log-spec.ts'

/** From the least to the most urgent. */
const levels: readonly Level[] = ['debug', 'info', 'warning', 'error']

export type Facts = Readonly<Record<string, string | number>>

export class Log {
  #spec = 'info'
  #lowest: Level = 'info'
  readonly #write: (line: string) => void

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  get spec(): string {
    return this.#spec
  }

  /** @throws Error with Fabric's sentence on a specification that cannot be one */
  setSpec(spec: string): void {
    const { lowest, text } = readLogSpec(spec)
    this.#spec = text
    this.#lowest = lowest
  }

  info(sentence: string, facts: Facts = {}): void {
    this.#say('info', sentence, facts)
  }

  error(sentence: string, facts: Facts = {}): void {
    this.#say('error', sentence, facts)
  }

  #say(level: Level, sentence: string, facts: Facts): void {
    if (levels.indexOf(level) < levels.indexOf(this.#lowest)) return
    const rest = Object.keys(facts).length === 0 ? '' : ` ${JSON.stringify(facts)}`
    this.#write(`${new Date().toISOString()} ${level} [devnode] ${sentence}${rest}\n`)
  }
}

/** What an error says, and what it was caused by. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && !error.message.includes(error.cause.message)
    ? `${error.message}: ${reasonOf(error.cause)}`
    : error.message
}
