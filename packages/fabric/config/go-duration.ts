const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

const partPattern = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy
/** Go counts nanoseconds in 64 bits with a sign: some 292 years. */
const endNs = 2 ** 63

/**
 * Milliseconds of a duration in Go's notation (`500ms`, `2s`, `1m30s`, `0`), which Fabric keeps as text, in whole nanoseconds;
 * undefined where Go's `time.ParseDuration` would refuse it. Negative durations count as refused: Fabric wants none.
 */
export function goDurationMs(text: string): number | undefined {
  const unsigned = text.replace(/^\+/, '')
  if (unsigned === '0') return 0
  let total = 0
  let end = 0
  for (const [part, amount, unit] of unsigned.matchAll(partPattern)) {
    total += Math.trunc(Number(amount) * (unitNs[unit ?? ''] ?? Number.NaN))
    end += part.length
  }
  return end === unsigned.length && end > 0 && total < endNs ? total / 1e6 : undefined
}
