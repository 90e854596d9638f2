/** What is told of repeated measurements of one thing. Unit: that of the values. */
export interface Spread {
  readonly runs: number
  readonly min: number
  readonly median: number
  readonly max: number
}

/** @throws Error without a value */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) throw new Error('nothing was measured')
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? max
  const lower = sorted[Math.ceil(middle) - 1] ?? min
  return { runs: sorted.length, min, median: (lower + upper) / 2, max }
}

/** Milliseconds as seconds with two digits. */
export function seconds(ms: number): string {
  return (ms / 1000).toFixed(2)
}

/** Rows as a Markdown table with even columns; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n')
}
