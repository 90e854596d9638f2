import assert from 'node:assert/strict'
import { poll } from '@cello/kit'
import { type ErrorCode, PlatformError } from '@cello/model'
import type { Driver, ProgramRef } from '../driver.ts'
import type { ChannelFacts, InvokeRequest, Ledger } from '../ledger.ts'

/** A ledger to judge, a host to run its nodes on, and a contract to call. All tests of a run share one. */
export interface LedgerWorld extends AsyncDisposable {
  readonly ledger: Ledger
  readonly driver: Driver
  /** Of the nodes, such as `3.1.5`. */
  readonly version: string
  /** By name, as the driver keeps them: all that `programsFor` names, and what else contract nodes are started from. */
  readonly programs: Readonly<Record<string, ProgramRef>>
  readonly contract: SuiteContract
  /** A port that nothing listens on, never the same twice. */
  takePort(): Promise<number>
  /** A PKCS#10 request, PEM, of a key that stays with whoever made it. */
  certificateRequest(name: string): Promise<string>
}

/** How the contract keeps one text under a key. */
export interface SuiteContract {
  write(key: string, value: string): Call
  /** Its answer is the text. */
  read(key: string): Call
  /** A call that the contract refuses. */
  wrong(): Call
}

type Call = Pick<InvokeRequest, 'function' | 'args'>

export interface LedgerCapabilities {
  /** Channels of consensus `bft`. Where not, the suite demands UNSUPPORTED. */
  readonly bft: boolean
  /** Channels of several orderers. Where not, the suite's have one, and it demands UNSUPPORTED for more. */
  readonly consenters: boolean
}

/** Why a test of several orderers is skipped. */
export const ordersAlone = ({ consenters }: LedgerCapabilities): string | false =>
  consenters ? false : 'its orderers order alone'

/** Milliseconds within which a node that is not there must be found out: some for the finding, the rest for a busy machine. */
export const unreachableMs = 30_000

/** Short ticks and a short batch time-out: the whole suite waits for elections and blocks. */
export const quick: Pick<ChannelFacts, 'consensus' | 'batch'> = {
  consensus: {
    type: 'raft',
    tickInterval: '100ms',
    electionTick: 10,
    heartbeatTick: 1,
    maxInflightBlocks: 5,
    snapshotIntervalSize: 16 * 1024 * 1024,
  },
  batch: { timeout: '100ms', maxMessages: 10, absoluteMaxBytes: 10 * 1024 * 1024, preferredMaxBytes: 2 * 1024 * 1024 },
}

/** Looks until it is so; fails with `complaint` after `timeoutMs`, default 60 s. */
export async function until(complaint: string, look: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const found = await poll(async () => ((await look()) ? true : undefined), { timeoutMs, everyMs: 50 })
  if (!found) assert.fail(complaint)
}

/** Tries again while a PlatformError comes, for what needs nodes that are just starting. */
export async function eventually<T>(act: () => Promise<T>, timeoutMs = 60_000): Promise<T> {
  let last: unknown
  const done = await poll(
    async () => {
      try {
        return { value: await act() }
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error
        last = error
        return undefined
      }
    },
    { timeoutMs, everyMs: 100 },
  )
  if (!done) throw last
  return done.value
}

/** Of an expected refusal: which errors it may be, and none but a PlatformError. */
export function refusal(...codes: readonly ErrorCode[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof PlatformError, `not a PlatformError: ${String(error)}`)
    assert.ok(codes.includes(error.code), `${error.code} instead of ${codes.join(' or ')}: ${error.message}`)
    return true
  }
}

/** Runs it and fails when it took longer. */
export async function within<T>(ms: number, act: () => Promise<T>): Promise<T> {
  const start = performance.now()
  try {
    return await act()
  } finally {
    const took = performance.now() - start
    assert.ok(took <= ms, `it took ${Math.round(took)} ms, more than ${ms}`)
  }
}
