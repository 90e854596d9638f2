const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

const partPattern = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy

/**
 * Milliseconds of a duration in Go's notation (`500ms`, `2s`, `1m30s`, `0`), which Fabric keeps as text; undefined where
 * Go's `time.ParseDuration` would refuse it. Negative durations count as refused: Fabric wants none.
 */
export function goDurationMs(text: string): number | undefined {
  if (text === '0') return 0
  let total = 0
  let end = 0
  for (const [part, amount, unit] of text.matchAll(partPattern)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN)
    end += part.length
  }
  return end === text.length && end > 0 ? total : undefined
}
