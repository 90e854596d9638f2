/** What a person and a machine read after the suites have run. */
import { relative } from 'node:path'
import type { SuiteResult } from './run-suite.ts'

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Counts tests; a suite that failed as a whole counts as one more failure for each of its faults. */
export function totalsOf(results: readonly SuiteResult[]): Totals {
  const count = (outcome: string): number =>
    results.reduce((sum, { tests }) => sum + tests.filter((test) => test.outcome === outcome).length, 0)
  const faults = results.reduce((sum, result) => sum + result.faults.length, 0)
  return { passed: count('passed'), failed: count('failed') + faults, skipped: count('skipped') }
}

/** `12 passed, 0 failed, 3 skipped`: the line that CI reads, alone on the last line. */
export function closingLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** One line for a suite: its counts, its time, and below it what failed. */
export function describeSuite(result: SuiteResult, root: string): string {
  const totals = totalsOf([result])
  const mark = totals.failed > 0 ? '✗' : '✓'
  const seconds = `${(result.ms / 1000).toFixed(1)} s`
  const lines = [`${mark} ${result.name.padEnd(26)} ${seconds.padStart(8)}   ${closingLine(totals)}`]
  for (const fault of result.faults) lines.push(`    ✗ ${fault}`)
  for (const remark of result.remarks) lines.push(`    ! ${remark}`)
  for (const test of result.tests.filter(({ outcome }) => outcome === 'failed')) {
    lines.push(`    ✗ ${relative(root, test.file)}: ${test.name}`, indent(test.detail))
    const [, seed] = /^\{ seed: (-?\d+),/m.exec(test.detail) ?? []
    if (seed !== undefined)
      lines.push(`    the same inputs: CELLO_PROPERTY_SEED=${seed} npm test -- --only '${result.name}'`)
  }
  for (const [file, text] of result.output)
    lines.push(`    printed by ${relative(root, file)}:`, indent(text.trimEnd()))
  return lines.join('\n')
}

/** Every skipped test under its reason, loudly: a skip that nobody sees is a test that nobody has. */
export function describeSkipped(results: readonly SuiteResult[]): string {
  const byReason = new Map<string, string[]>()
  for (const { name: suite, tests } of results) {
    for (const { name, detail } of tests.filter(({ outcome }) => outcome === 'skipped')) {
      byReason.set(detail, [...(byReason.get(detail) ?? []), `${suite}: ${name}`])
    }
  }
  if (byReason.size === 0) return ''
  const blocks = [...byReason].map(([reason, names]) => [
    `  SKIPPED, ${reason}:`,
    ...names.map((name) => `    - ${name}`),
  ])
  return ['', 'SKIPPED TESTS', ...blocks.flat()].join('\n')
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '        ')
}
