/** Milliseconds in each unit of Go's duration text. */
const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}

/** Milliseconds of Go's duration text: `2s`, `1m30s`, `-1ms`. @throws Error with Go's words */
export function goDurationMs(text: string): number {
  if (text === '0') return 0
  const [, sign = '', body = ''] =
    /^([-+]?)((?:\d+\.?\d*(?:ns|us|µs|ms|s|m|h)|\.\d+(?:ns|us|µs|ms|s|m|h))+)$/.exec(text) ?? []
  if (body === '') throw new Error(`time: invalid duration "${text}"`)
  const parts = [...body.matchAll(/(\d+\.?\d*|\.\d+)([a-zµ]+)/g)]
  const total = parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (units[unit] ?? 0), 0)
  return sign === '-' ? -total : total
}
