/** Logging specifications, `gossip=debug:warning`, read and told as Fabric does (fabric-lib-go's flogging). */
export type Level = 'debug' | 'info' | 'warning' | 'error'

export interface LogSpec {
  /** The lowest level that is shown: that of the part without a logger's name, which is all that the devnode heeds. */
  readonly lowest: Level
  /** As `/logspec` tells it: loggers in order, then the level of all others. */
  readonly text: string
}

/** Fabric's names of levels, each with the name that Fabric tells it by, and the devnode's, which has no finer ones. */
const levels: Readonly<Record<string, readonly [told: string, level: Level]>> = {
  payload: ['Level(-2)', 'debug'],
  debug: ['debug', 'debug'],
  info: ['info', 'info'],
  notice: ['info', 'info'],
  warning: ['warn', 'warning'],
  warn: ['warn', 'warning'],
  error: ['error', 'error'],
  critical: ['error', 'error'],
  dpanic: ['dpanic', 'error'],
  panic: ['panic', 'error'],
  fatal: ['fatal', 'error'],
}

const loggerForm = /^[\w#:-]+(\.[\w#:-]+)*$/

/** @throws Error with Fabric's sentence on a level or a logger's name that there cannot be */
export function readLogSpec(spec: string): LogSpec {
  const refuse = (why: string) => new Error(`invalid logging specification '${spec}': ${why}`)
  const levelOf = (name: string, segment: string) => {
    // Fabric takes `info` and `INFO`, but no `Info`.
    const known = name === name.toLowerCase() || name === name.toUpperCase() ? name.toLowerCase() : ''
    const level = Object.hasOwn(levels, known) ? levels[known] : undefined
    if (!level) throw refuse(`bad segment '${segment}'`)
    return level
  }
  let general = levelOf('info', '')
  const loggers = new Map<string, string>()
  for (const segment of spec.split(':')) {
    const [names = '', level, ...more] = segment.split('=')
    if (more.length > 0) throw refuse(`bad segment '${segment}'`)
    if (level === undefined) {
      general = levelOf(names === '' ? 'info' : names, segment)
      continue
    }
    if (names === '') throw refuse(`no logger specified in segment '${segment}'`)
    const [told] = levelOf(level, segment)
    for (const name of names.split(',')) {
      if (!loggerForm.test(name.replace(/\.$/, ''))) throw refuse(`bad logger name '${name}'`)
      loggers.set(name, told)
    }
  }
  const named = [...loggers].map(([name, told]) => `${name}=${told}`).sort()
  return { lowest: general[1], text: [...named, general[0]].join(':') }
}
