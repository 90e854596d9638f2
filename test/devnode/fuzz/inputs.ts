/** For tests only: many inputs to one process, and its memory meanwhile. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { NodeProcess } from '../../fabric-harness/node-process.ts'

export interface Inputs {
  readonly count: number
  /** That gets them. */
  readonly process: Pick<NodeProcess, 'pid' | 'log'>
  /** At a time. */
  readonly width: number
  readonly one: (index: number) => Promise<void>
}

const mebibyte = 2 ** 20
/** Memory may be so much larger after all inputs than after the first tenth. */
const growthBytes = 20 * mebibyte
/**
 * Below so many, what a process compiles and keeps for later weighs more than what it would lose: the measure is then only
 * a rough one.
 */
const countOfMeasure = 50_000
const roughGrowthBytes = 40 * mebibyte

/** Sends them all. @returns the growth in MiB. @throws AssertionError when memory grows */
export async function sendAll({ count, process, width, one }: Inputs): Promise<number> {
  const { pid } = process
  let [next, early] = [0, 0]
  const worker = async () => {
    while (next < count) {
      const index = next++
      await one(index).catch((cause: unknown) => {
        throw new Error(`input ${index}; ${stateOf(pid)}; the end of its log:\n${process.log()}`, { cause })
      })
      if (index === Math.floor(count / 10)) early = residentBytes(pid)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  const grown = residentBytes(pid) - early
  const growth = Math.round(grown / mebibyte)
  const most = count < countOfMeasure ? roughGrowthBytes : growthBytes
  assert.ok(grown <= most, `memory grew by ${growth} MiB, from ${Math.round(early / mebibyte)}`)
  return growth
}

const residentBytes = (pid: number | undefined): number => {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1_024
}

/** What the kernel says of the process. */
function stateOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').trim()
  } catch {
    return 'it is gone'
  }
}
