/**
 * `npm test`: every suite that is not on demand. `--fast`: those marked fast. `--only NAME`: the suites whose names
 * hold it, on demand or not. `--json FILE`: the result for a machine. `--list`: the table.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { budgetMinutes, type Suite, suites } from './suites.ts'
import { runSuite, type SuiteResult } from './testing/run-suite.ts'
import { filesOf } from './testing/suite-files.ts'
import { closingLine, describeSkipped, describeSuite, totalsOf } from './testing/summary.ts'

const root = join(import.meta.dirname, '..')

const { values } = parseArgs({
  options: {
    fast: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
})

await main()

async function main(): Promise<void> {
  const declared = suites.filter(({ onDemand }) => onDemand !== true).reduce((sum, { minutes }) => sum + minutes, 0)
  if (values.list) return printTable(declared)
  if (declared > budgetMinutes)
    return refuse(`the suites declare ${declared} minutes, over ${budgetMinutes}: tools/suites.ts`)
  const chosen = suites.filter(isChosen)
  if (chosen.length === 0) return refuse(`no suite is named so: ${values.only.join(', ')}. See them with --list.`)
  const results: SuiteResult[] = []
  let interrupted: NodeJS.Signals | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (interrupted = signal))
  for (const suite of chosen) {
    if (interrupted) break
    const result = await runSuite(suite, filesOf(suite, root), root)
    results.push(result)
    console.log(describeSuite(result, root))
  }
  if (interrupted) refuse(`ended by ${interrupted}; suites that did not run: ${chosen.length - results.length}`)
  finish(results)
}

function isChosen(suite: Suite): boolean {
  if (values.only.length > 0) return values.only.some((word) => suite.name.includes(word))
  return suite.onDemand !== true && (!values.fast || suite.fast === true)
}

function finish(results: readonly SuiteResult[]): void {
  const totals = totalsOf(results)
  const skipped = describeSkipped(results)
  if (skipped !== '') console.log(skipped)
  for (const { name, remarks } of results) {
    for (const remark of remarks) console.log(`NOTE  suite ${name} ${remark}`)
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(totals)}\n`)
  console.log(`\n${closingLine(totals)}`)
  if (totals.failed > 0) process.exitCode = 1
}

function printTable(declared: number): void {
  for (const { name, minutes, fast, onDemand, needs } of suites) {
    const marks = [fast === true && 'fast', onDemand === true && 'on demand', needs && `needs ${needs}`].filter(Boolean)
    console.log(`${name.padEnd(28)} ${String(minutes).padStart(3)} min  ${marks.join(', ')}`)
  }
  console.log(`${declared} of ${budgetMinutes} minutes`)
}

function refuse(reason: string): void {
  console.error(`cello: ${reason}`)
  process.exitCode = 1
}
