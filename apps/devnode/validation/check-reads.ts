/** Whether a transaction's reads are still true: Fabric's MVCC validation (core/ledger/kvledger/txmgmt/validation). */
import type { HashedRead } from '../simulation/hashed-set.ts'
import type { KeyRead, RangeRead, ReadsSummary } from '../simulation/key-value-set.ts'
import { gatherRangeReads } from '../simulation/range-reads.ts'
import type { CollectionHashes, NamespaceSet } from '../simulation/rwset.ts'
import { hashedNamespace } from '../state/collection-namespace.ts'
import type { Version } from '../state/world-state.ts'
import type { TraceSink } from '../trace/trace.ts'
import type { PendingState, VersionedKey } from './pending-state.ts'
import { Invalid } from './verdict.ts'

/** @throws Invalid MVCC_READ_CONFLICT or PHANTOM_READ_CONFLICT, the first in Fabric's order */
export function checkReads(sets: readonly NamespaceSet[], pending: PendingState, trace?: TraceSink): void {
  for (const { namespace, reads, ranges, collections } of sets) {
    const told = (difference: Difference | undefined, code: 'MVCC_READ_CONFLICT' | 'PHANTOM_READ_CONFLICT') => {
      if (difference) refuse(difference, code, trace)
    }
    for (const read of reads) told(readDifference(namespace, read, pending), 'MVCC_READ_CONFLICT')
    for (const range of ranges) told(rangeDifference(namespace, range, pending), 'PHANTOM_READ_CONFLICT')
    for (const one of collections) told(hashedDifference(namespace, one, pending), 'MVCC_READ_CONFLICT')
  }
}

interface Difference {
  readonly namespace: string
  readonly key: string
  /** What the simulation saw, and what is there now. */
  readonly read: string
  readonly committed: string
}

function refuse(difference: Difference, code: 'MVCC_READ_CONFLICT' | 'PHANTOM_READ_CONFLICT', trace?: TraceSink): void {
  const { namespace, key, read, committed } = difference
  trace?.add({ kind: 'conflict', ...difference })
  throw new Invalid(code, `key ${key} of ${namespace} was read at ${read} and is at ${committed}`)
}

function readDifference(namespace: string, { key, version }: KeyRead, pending: PendingState): Difference | undefined {
  const written = pending.written(namespace, key)
  if (written) {
    const now = `${versionText(written.version)}, written earlier in this block`
    return { namespace, key, read: versionText(version), committed: now }
  }
  const committed = pending.committed(namespace, key)
  if (isSame(version, committed)) return undefined
  return { namespace, key, read: versionText(version), committed: versionText(committed) }
}

function hashedDifference(
  contract: string,
  { collection, hashedReads }: CollectionHashes,
  pending: PendingState,
): Difference | undefined {
  const namespace = hashedNamespace(contract, collection)
  const toRead = ({ keyHash, ...rest }: HashedRead): KeyRead => ({ key: Buffer.from(keyHash).toString('hex'), ...rest })
  for (const read of hashedReads) {
    const difference = readDifference(namespace, toRead(read), pending)
    if (difference) return difference
  }
  return undefined
}

function rangeDifference(namespace: string, range: RangeRead, pending: PendingState): Difference | undefined {
  const { start, end, isExhausted, reads = [], summary } = range
  // A query that was left early ends with the last key that it gave, which so belongs to it.
  const found = pending.range(namespace, { start, end, includesEnd: !isExhausted })
  const difference = summary ? summaryDifference(found, summary) : listDifference(found, reads)
  if (!difference) return undefined
  return { namespace, ...difference, key: difference.key ?? `${start}…${end}` }
}

type RangeDifference = Omit<Difference, 'namespace' | 'key'> & { readonly key?: string }

function listDifference(found: Iterable<VersionedKey>, reads: readonly KeyRead[]): RangeDifference | undefined {
  let next = 0
  for (const { key, version } of found) {
    const read = reads[next++]
    if (!read) return { key, read: 'absent', committed: versionText(version) }
    if (read.key !== key) return { key: read.key, read: versionText(read.version), committed: `absent, next is ${key}` }
    if (!isSame(read.version, version)) {
      return { key, read: versionText(read.version), committed: versionText(version) }
    }
  }
  const missing = reads[next]
  return missing && { key: missing.key, read: versionText(missing.version), committed: 'absent' }
}

function summaryDifference(found: Iterable<VersionedKey>, expected: ReadsSummary): RangeDifference | undefined {
  // Fabric's peers stop at such a summary; no endorser makes one.
  if (expected.maxDegree < 2) return { read: `hashes of groups of ${expected.maxDegree}`, committed: 'none such' }
  const gathered = gatherRangeReads(expected.maxDegree)
  for (const read of found) gathered.add(read)
  const { summary } = gathered.finish()
  if (summary && isSameSummary(summary, expected)) return undefined
  return { read: 'other keys or versions, by their hashes', committed: 'other hashes' }
}

const isSameSummary = (a: ReadsSummary, b: ReadsSummary): boolean =>
  a.maxLevel === b.maxLevel &&
  a.maxLevelHashes.length === b.maxLevelHashes.length &&
  a.maxLevelHashes.every((hash, index) => Buffer.compare(hash, b.maxLevelHashes[index] ?? new Uint8Array()) === 0)

const isSame = (a: Version | undefined, b: Version | undefined): boolean =>
  a?.block === b?.block && a?.transaction === b?.transaction

const versionText = (version: Version | undefined): string =>
  version ? `${version.block}:${version.transaction}` : 'absent'
