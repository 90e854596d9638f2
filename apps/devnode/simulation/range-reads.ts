import { sha256 } from './hashed-set.ts'
import { encodeReads, type KeyRead, type RangeRead, type ReadsSummary } from './key-value-set.ts'

/** As every peer of Fabric has it set: up to so many reads are recorded as they are, more as hashes. */
export const queryReadsDegree = 50

/**
 * Gathers what a range query reads: the simulation to record it, the validation to see whether the same would be read now.
 * Reads are hashed in groups of `maxDegree + 1`, their hashes again, until at most `maxDegree` are left at the top level.
 */
export interface RangeReads {
  add(read: KeyRead): void
  /** The tree as it is now: complete levels only. */
  summary(): ReadsSummary
  /** Ends it. Neither where nothing was read. */
  finish(): Pick<RangeRead, 'reads' | 'summary'>
}

/** @param maxDegree at least 2 @throws Error otherwise, in Fabric's words */
export function gatherRangeReads(maxDegree: number): RangeReads {
  const tree = growTree(maxDegree)
  let pending: KeyRead[] = []
  const flush = (): void => {
    tree.add(sha256(encodeReads(pending)))
    pending = []
  }
  return {
    add(read) {
      pending.push(read)
      if (pending.length > maxDegree) flush()
    },
    summary: () => tree.summary(),
    finish() {
      if (tree.isEmpty()) return pending.length === 0 ? {} : { reads: pending }
      if (pending.length > 0) flush()
      tree.finish()
      return { summary: tree.summary() }
    },
  }
}

interface Tree {
  add(leaf: Uint8Array): void
  finish(): void
  isEmpty(): boolean
  summary(): ReadsSummary
}

function growTree(maxDegree: number): Tree {
  if (maxDegree < 2) throw new Error(`maxDegree [${maxDegree}] should not be less than 2 in the merkle tree`)
  const levels = new Map<number, Uint8Array[]>()
  let maxLevel = 1
  const at = (level: number): readonly Uint8Array[] => levels.get(level) ?? []
  const raise = (level: number, hash: Uint8Array): void => {
    levels.delete(level)
    levels.set(level + 1, [...at(level + 1), hash])
    maxLevel = Math.max(maxLevel, level + 1)
  }
  const combined = (level: number): Uint8Array => sha256(Buffer.concat(at(level)))
  return {
    add(leaf) {
      levels.set(1, [...at(1), leaf])
      for (let level = 1; at(level).length > maxDegree; level += 1) raise(level, combined(level))
    },
    finish() {
      const top = maxLevel
      for (let level = 1; level < top; level += 1) {
        const [only, ...more] = at(level)
        // A hash that is alone goes up as it is.
        if (only !== undefined) raise(level, more.length === 0 ? only : combined(level))
      }
      if (at(maxLevel).length > maxDegree) raise(maxLevel, combined(maxLevel))
    },
    isEmpty: () => maxLevel === 1 && at(1).length === 0,
    summary: () => ({ maxDegree, maxLevel, maxLevelHashes: at(maxLevel) }),
  }
}
