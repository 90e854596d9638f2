/** Log lines on stderr, with the level that `FABRIC_LOGGING_SPEC` or `/logspec` sets. */
const levels = ['debug', 'info', 'warning', 'error'] as const
type Level = (typeof levels)[number]

/** Fabric's names of levels; the devnode has no finer ones. */
const byName: Readonly<Record<string, Level>> = {
  debug: 'debug',
  info: 'info',
  warning: 'warning',
  warn: 'warning',
  error: 'error',
  dpanic: 'error',
  panic: 'error',
  fatal: 'error',
}

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

  /**
   * Sets the level from a logging specification, `info` or `gossip=debug:warning`: the devnode heeds the part without a
   * logger's name. @throws Error with Fabric's sentence on a level that there is not
   */
  setSpec(spec: string): void {
    let lowest: Level = 'info'
    for (const field of spec.split(':')) {
      const [name = '', ...more] = field.split('=').toReversed()
      const level = byName[name.toLowerCase()]
      if ((level === undefined && field !== '') || more.length > 1) {
        throw new Error(`invalid logging specification '${spec}': bad segment '${field}'`)
      }
      if (more.length === 0 && level !== undefined) lowest = level
    }
    this.#spec = spec
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
