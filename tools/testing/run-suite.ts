/** Runs one suite by `node --test` in a temporary folder of its own, and says what came of it. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Suite } from '../suites.ts'
import type { ReportLine, TestRecord } from './event-reporter.ts'
import { filesLeft, killAll, type LeftProcess, processesMarked } from './leftovers.ts'

export interface SuiteResult {
  readonly name: string
  readonly minutes: number
  readonly ms: number
  readonly tests: readonly TestRecord[]
  /** What is wrong with the suite as a whole, apart from its failed tests. Not empty means failed. */
  readonly faults: readonly string[]
  /** Worth saying, no failure. */
  readonly remarks: readonly string[]
  /** Printed by the files in which a test failed. */
  readonly output: ReadonlyMap<string, string>
}

/** How long a process that a test has just told to end may still be seen. A busy machine takes its time to end one. */
const usualLingerMs = 15_000
/** How long one that was killed may take to be gone. */
const killedLingerMs = 60_000
const keptOutput = 8_000

/**
 * @param files absolute paths of the suite's test files
 * @param lingerMs how long what the tests have told to end may still run before it counts as left behind
 */
export async function runSuite(
  suite: Suite,
  files: readonly string[],
  root: string,
  lingerMs = usualLingerMs,
): Promise<SuiteResult> {
  const startedAt = performance.now()
  // Short, because Unix sockets below it must keep within 108 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'ct-'))
  try {
    const faults: string[] = []
    const report = join(folder, '.report')
    if (files.length > 0) faults.push(...(await runNode(suite, files, { root, folder, report })))
    const { tests, output } = readReport(report)
    const ms = performance.now() - startedAt
    if (tests.length === 0) faults.push('it has no test at all')
    faults.push(...(await processFaults(folder, lingerMs)))
    return {
      name: suite.name,
      minutes: suite.minutes,
      ms,
      tests,
      faults,
      remarks: remarksOn(suite, ms, folder),
      output,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

interface Places {
  readonly root: string
  readonly folder: string
  readonly report: string
}

/** @returns what is wrong apart from what the report says */
async function runNode(suite: Suite, files: readonly string[], places: Places): Promise<string[]> {
  // Set where this runs inside a test: with it, the suite would report to that one.
  const { NODE_TEST_CONTEXT: _context, ...inherited } = process.env
  const env = { ...inherited, ...suite.env, TMPDIR: places.folder, CELLO_TEST_RUN: places.folder }
  const args = [
    ...('CELLO_PROPERTY_SEED' in env ? ['--import', import.meta.resolve('./property-seed.ts')] : []),
    '--test',
    `--test-concurrency=${suite.concurrency ?? 2}`,
    `--test-reporter=${join(import.meta.dirname, 'event-reporter.ts')}`,
    `--test-reporter-destination=${places.report}`,
    ...files,
  ]
  const child = spawn(process.execPath, args, { cwd: places.root, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(-keptOutput)
  })
  // Being slow is told and no failure, whatever else the machine does: only what hangs is ended.
  const limitMs = Math.max(3 * suite.minutes, suite.minutes + 15) * 60_000
  const faults: string[] = []
  const timer = setTimeout(() => {
    faults.push(`it was ended after ${Math.round(limitMs / 60_000)} minutes; it may take ${suite.minutes}`)
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
  }, limitMs)
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGINT', forward).on('SIGTERM', forward)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearTimeout(timer)
  process.off('SIGINT', forward).off('SIGTERM', forward)
  // 1 says that a test failed, which the report says better.
  if (code !== 0 && code !== 1)
    faults.push(`node --test ended with ${code === null ? 'a signal' : String(code)}: ${complaint.trim()}`)
  return faults
}

function readReport(file: string): Pick<SuiteResult, 'tests' | 'output'> {
  const tests: TestRecord[] = []
  const printed = new Map<string, string>()
  for (const text of readLines(file)) {
    const line: ReportLine = JSON.parse(text)
    if (line.kind === 'test') tests.push(line)
    else printed.set(line.file, `${printed.get(line.file) ?? ''}${line.text}`.slice(-keptOutput))
  }
  const failed = new Set(tests.filter(({ outcome }) => outcome === 'failed').map(({ file: from }) => from))
  return { tests, output: new Map([...printed].filter(([from]) => [...failed].some((path) => path.endsWith(from)))) }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

async function processFaults(mark: string, lingerMs: number): Promise<string[]> {
  const left = await leftAfter(mark, lingerMs)
  killAll(left)
  // Killing says nothing of when they are gone; until then they write into the folder that is removed next.
  if (left.length > 0) await leftAfter(mark, killedLingerMs)
  return left.map(({ pid, command }) => `it left process ${pid} running (ended now): ${command}`)
}

/** @returns what still runs after that time, as soon as nothing does */
async function leftAfter(mark: string, ms: number): Promise<LeftProcess[]> {
  const until = performance.now() + ms
  let left = processesMarked(mark)
  while (left.length > 0 && performance.now() < until) {
    await sleep(100)
    left = processesMarked(mark)
  }
  return left
}

function remarksOn(suite: Suite, ms: number, folder: string): string[] {
  const remarks: string[] = []
  const minutes = ms / 60_000
  if (minutes > suite.minutes) remarks.push(`took ${minutes.toFixed(1)} minutes, over its ${suite.minutes}`)
  const files = filesLeft(folder).filter((path) => !path.endsWith('.report'))
  if (files.length > 0)
    remarks.push(`left ${files.length} temporary files (removed now): ${files.slice(0, 3).join(', ')}`)
  return remarks
}
