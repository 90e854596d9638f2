/** The hash over all that blocks have changed so far, which every peer of a channel writes into its blocks alike. */
import { createHash } from 'node:crypto'
import { concatBytes, delimitedField, varintBytes } from '@cello/fabric/codec'
import { compareUtf8 } from '../state/key-order.ts'
import type { Version } from '../state/world-state.ts'
import type { PendingState, PendingWrite } from '../validation/pending-state.ts'

/**
 * SHA-256 over the validation codes, what the block changes, and the hash of the block before (kvledger's
 * `addBlockCommitHash`). Of private data their hashes count, so that all peers agree.
 * @param before of block 1: empty
 */
export function commitHash(codes: Uint8Array, pending: PendingState, before: Uint8Array): Uint8Array {
  const parts = [varintBytes(codes.length), codes, updateBytes(pending), before]
  return createHash('sha256')
    .update(concatBytes(...parts))
    .digest()
}

/** `txmgr.Updates`: writes by namespace, the contract's own before its collections', each ordered by key. */
function updateBytes(pending: PendingState): Uint8Array {
  const groups = groupsOf(pending)
  let last: string | undefined
  const parts = groups.flatMap(({ contract, collection, writes }) => {
    const isNew = contract !== last
    last = contract
    return writes.map((write, index) => {
      const names = index > 0 ? {} : { ...(isNew ? { contract } : {}), collection }
      return field(1, writeBytes(names, write))
    })
  })
  return concatBytes(...parts)
}

interface Group {
  readonly contract: string
  /** Empty: the contract's public keys, which come first. */
  readonly collection: string
  readonly writes: readonly { readonly key: Uint8Array; readonly write: PendingWrite }[]
}

function groupsOf(pending: PendingState): Group[] {
  const groups: Group[] = []
  for (const [namespace, writes] of pending.namespaces()) {
    // The channel's config lies in the namespace without a name, and counts for nothing: its encoding is not fixed.
    if (namespace === '') continue
    const hashed = pending.collections.get(namespace)
    const ordered = [...writes].sort(([a], [b]) => compareUtf8(a, b))
    groups.push({
      contract: hashed?.contract ?? namespace,
      collection: hashed?.collection ?? '',
      writes: ordered.map(([key, write]) => ({ key: Buffer.from(key, hashed ? 'hex' : 'utf8'), write })),
    })
  }
  return groups.sort((a, b) => compareUtf8(a.contract, b.contract) || compareUtf8(a.collection, b.collection))
}

/** `txmgr.KVWrite`. */
function writeBytes(
  { contract = '', collection = '' }: { readonly contract?: string; readonly collection?: string },
  { key, write: { value, version } }: Group['writes'][number],
): Uint8Array {
  return concatBytes(
    field(1, Buffer.from(contract, 'utf8')),
    field(2, Buffer.from(collection, 'utf8')),
    field(3, key),
    value ? field(5, value) : Uint8Array.of(4 << 3, 1),
    field(6, versionBytes(version)),
  )
}

/** Both numbers as Fabric writes them to be ordered by their bytes: how many bytes, then those, the highest first. */
function versionBytes({ block, transaction }: Version): Uint8Array {
  return concatBytes(orderedNumber(block), orderedNumber(transaction))
}

function orderedNumber(number: number): Uint8Array {
  const hex = number === 0 ? '' : number.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return concatBytes(Uint8Array.of(bytes.length), bytes)
}

/** A protobuf field of bytes; none when it is empty. */
function field(number: number, content: Uint8Array): Uint8Array {
  return content.length === 0 ? content : delimitedField(number, content)
}
