import { setTimeout as sleep } from 'node:timers/promises'

export interface LoadResult {
  /** Milliseconds of each write that was committed, from the call to its commit. */
  readonly latencies: readonly number[]
  /** Why each of the others was not: on a machine with much else to do, calls run into their time-outs. */
  readonly failures: readonly string[]
  /** Milliseconds from the first call to the last commit. */
  readonly tookMs: number
}

export interface Load {
  readonly write: (key: string) => Promise<void>
  /** Begins every key: loads do not collide. */
  readonly name: string
  readonly seconds: number
  readonly signal: AbortSignal
}

/** As many writes as they are done: each writer begins the next when its last is committed. */
export async function closedLoop(load: Load, writers: number): Promise<LoadResult> {
  const began = performance.now()
  const end = began + load.seconds * 1_000
  const all: Promise<Outcome>[] = []
  const loop = async (writer: number) => {
    for (let index = 0; performance.now() < end; index++) {
      load.signal.throwIfAborted()
      const one = timed(load, `${writer}-${index}`)
      all.push(one)
      await one
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => loop(writer)))
  return resultOf(await Promise.all(all), began)
}

/**
 * Writes at fixed times, whatever became of those before. A write's time runs from when it was due, so that what this
 * process does late counts too.
 */
export async function openLoop(load: Load, perSecond: number): Promise<LoadResult> {
  const began = performance.now()
  const all: Promise<Outcome>[] = []
  for (let index = 0; index < load.seconds * perSecond; index++) {
    const due = began + (index * 1_000) / perSecond
    const early = due - performance.now()
    if (early > 0) await sleep(early, undefined, { signal: load.signal })
    all.push(timed(load, String(index), due))
  }
  return resultOf(await Promise.all(all), began)
}

type Outcome = { readonly ms: number } | { readonly failure: string }

async function timed({ write, name }: Load, key: string, from: number = performance.now()): Promise<Outcome> {
  try {
    await write(`${name}-${key}`)
    return { ms: performance.now() - from }
  } catch (error) {
    return { failure: String(error) }
  }
}

function resultOf(outcomes: readonly Outcome[], began: number): LoadResult {
  return {
    latencies: outcomes.flatMap((one) => ('ms' in one ? [one.ms] : [])),
    failures: outcomes.flatMap((one) => ('failure' in one ? [one.failure] : [])),
    tookMs: performance.now() - began,
  }
}

/** @param part 0.5: the median */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
