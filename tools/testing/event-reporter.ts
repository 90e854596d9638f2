/** Reporter for `node --test`: what a suite's result is made of, one JSON line each. */
import type { TestEvent } from 'node:test/reporters'

/** One finished test, or the skipped group that hid some. */
export interface TestRecord {
  readonly kind: 'test'
  readonly file: string
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly ms: number
  /** Why it was skipped, or how it failed. */
  readonly detail: string
}

/** What a test file printed. */
export interface OutputRecord {
  readonly kind: 'output'
  readonly file: string
  readonly text: string
}

export type ReportLine = TestRecord | OutputRecord

export function toReportLine(event: TestEvent): ReportLine | undefined {
  if (event.type === 'test:stdout' || event.type === 'test:stderr') {
    return { kind: 'output', file: event.data.file ?? '', text: event.data.message }
  }
  if (event.type === 'test:pass') return passed(event.data)
  if (event.type === 'test:fail') return failed(event.data)
  return undefined
}

type Pass = Extract<TestEvent, { type: 'test:pass' }>['data']
type Fail = Extract<TestEvent, { type: 'test:fail' }>['data']

function passed(data: Pass): TestRecord | undefined {
  const skipped = data.skip ?? data.todo
  const isGroup = data.details.type === 'suite'
  if (isGroup && skipped === undefined) return undefined
  const reason = skipped === true || skipped === '' ? '' : String(skipped)
  return {
    ...facts(data),
    outcome: skipped === undefined ? 'passed' : 'skipped',
    detail: skipped === undefined ? '' : reason || 'no reason is given',
  }
}

function failed(data: Fail): TestRecord | undefined {
  const error: Error & { failureType?: string } = data.details.error
  // The test inside has its own line.
  if (error.failureType === 'subtestsFailed') return undefined
  return { ...facts(data), outcome: 'failed', detail: describe(error.cause ?? error) }
}

function facts(data: Pass | Fail) {
  return { kind: 'test', file: data.file ?? '', name: data.name, ms: data.details.duration_ms } as const
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const more = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`
  return `${error.stack ?? `${error.name}: ${error.message}`}${more}`
}

async function* lines(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const line = toReportLine(event)
    if (line !== undefined) yield `${JSON.stringify(line)}\n`
  }
}

// node --test takes a reporter by default export alone.
// oxlint-disable-next-line import/no-default-export
export default lines
