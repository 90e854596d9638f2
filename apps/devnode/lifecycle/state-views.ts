/** State of `_lifecycle` as its records are read and written (core/chaincode/lifecycle/ledger_shim.go). */
import { createHash } from 'node:crypto'
import type { Invocation } from '../contracts/contract.ts'
import type { Simulator } from '../simulation/simulator.ts'
import { hashedNamespace } from '../state/collection-namespace.ts'
import type { StateReader } from '../state/world-state.ts'
import { implicitName } from '../validation/application-policy.ts'

export const lifecycleNamespace = '_lifecycle'

export interface ReadableState {
  get(key: string): Uint8Array | undefined
}

export interface RangeableState extends ReadableState {
  /** Entries whose key begins so, in order; keys hold characters up to `~` alone. */
  beginning(prefix: string): Iterable<readonly [key: string, value: Uint8Array]>
}

export interface WritableState extends ReadableState {
  put(key: string, value: Uint8Array): void
  delete(key: string): void
}

/** An organization's approvals as every peer of the channel sees them. */
export interface OpaqueState {
  readonly mspId: string
  /** SHA-256 of the value. */
  hash(key: string): Uint8Array | undefined
}

const afterAll = '\u007f'

/** Outside of a simulation: what is committed. */
export function committedState(reader: StateReader): RangeableState {
  return {
    get: (key) => reader.get(lifecycleNamespace, key)?.value,
    *beginning(prefix) {
      for (const { key, value } of reader.range(lifecycleNamespace, { start: prefix, end: prefix + afterAll })) {
        yield [key, value]
      }
    },
  }
}

/** Committed hashes of an organization's approvals. */
export function committedHashes(reader: StateReader, mspId: string): OpaqueState {
  const namespace = hashedNamespace(lifecycleNamespace, implicitName(mspId))
  return {
    mspId,
    hash: (key) => reader.get(namespace, createHash('sha256').update(key).digest('hex'))?.value,
  }
}

/** What a call sees and writes. @throws Error in Fabric's words, at each use, where the call is for no channel */
export function publicState({ simulator, txId }: Invocation): RangeableState & WritableState {
  const ledger = (request: string) => simulator ?? noLedger(request, txId)
  return {
    get: (key) => ledger('GET_STATE').get(lifecycleNamespace, key),
    put: (key, value) => ledger('PUT_STATE').put(lifecycleNamespace, key, value),
    delete: (key) => ledger('DEL_STATE').delete(lifecycleNamespace, key),
    *beginning(prefix) {
      using results = ledger('GET_STATE_BY_RANGE').range(lifecycleNamespace, prefix, prefix + afterAll)
      for (let entry = results.next(); entry; entry = results.next()) yield [entry.key, entry.value]
    },
  }
}

/** The approvals of this peer's own organization. */
export function privateState({ simulator, txId }: Invocation, mspId: string): RangeableState & WritableState {
  const collection = implicitName(mspId)
  const ledger = (request: string) => (simulator ?? noLedger(request, txId)).private
  return {
    get: (key) => ledger('GET_STATE').get(lifecycleNamespace, collection, key),
    put: (key, value) => ledger('PUT_STATE').put(lifecycleNamespace, collection, key, value),
    delete: (key) => ledger('DEL_STATE').delete(lifecycleNamespace, collection, key),
    *beginning(prefix) {
      using results = ledger('GET_STATE_BY_RANGE').range(lifecycleNamespace, collection, prefix, prefix + afterAll)
      for (let entry = results.next(); entry; entry = results.next()) yield [entry.key, entry.value]
    },
  }
}

export function hashedState({ simulator, txId }: Invocation, mspId: string): OpaqueState {
  const ledger = simulator ?? noLedger('GET_PRIVATE_DATA_HASH', txId)
  return { mspId, hash: (key) => ledger.private.hash(lifecycleNamespace, implicitName(mspId), key) }
}

function noLedger(request: string, txId: string): Simulator {
  throw new Error(`${request} failed: transaction ID: ${txId}: no ledger context`)
}
