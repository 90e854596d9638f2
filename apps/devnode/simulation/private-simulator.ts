import { hashedKey, hashedNamespace, privateNamespace } from '../state/collection-namespace.ts'
import type { StateValue, Version } from '../state/world-state.ts'
import type { TraceEvent } from '../trace/trace.ts'
import { decodeMetadata } from './key-value-set.ts'
import { nextOf, rangeCursor, resultsOf } from './range-results.ts'
import { refuseMetadata, type Simulation } from './simulation.ts'
import type { PrivateSimulator } from './simulator.ts'

type Act = Extract<TraceEvent, { kind: 'private' }>['act']
const nothing: Uint8Array = new Uint8Array()

/** @param onRead told of a collection whose values were read */
export function privateSimulator(
  simulation: Simulation,
  onRead: (namespace: string, collection: string) => void,
): PrivateSimulator {
  const { rules, flavour, state, sets, trace } = simulation
  const check = collectionCheck(simulation)
  const note = (namespace: string, collection: string, act: Act): void =>
    trace?.add({ kind: 'private', namespace, collection, act })
  return {
    get(namespace, collection, key) {
      check(namespace, collection)
      rules.checkOpen()
      flavour.checkKey(key)
      const found = state.get(privateNamespace(namespace, collection), key)
      checkVersions(hashOf(simulation, namespace, collection, key)?.version, found?.version)
      sets.hashedRead(namespace, collection, key, found?.version)
      onRead(namespace, collection)
      note(namespace, collection, 'read')
      return found && flavour.given(found.value)
    },
    hash(namespace, collection, key) {
      check(namespace, collection)
      rules.checkOpen()
      const found = hashOf(simulation, namespace, collection, key)
      sets.hashedRead(namespace, collection, key, found?.version)
      note(namespace, collection, 'hash')
      return found?.value
    },
    metadata(namespace, collection, key) {
      check(namespace, collection)
      rules.checkOpen()
      const found = hashOf(simulation, namespace, collection, key)
      sets.hashedRead(namespace, collection, key, found?.version)
      return decodeMetadata(found?.metadata)
    },
    ...privateWrites(simulation, check, note),
    ...privateQueries(simulation, check, note),
    putMetadata: refuseMetadata,
  }
}

type Check = (namespace: string, collection: string) => void
type Note = (namespace: string, collection: string, act: Act) => void

function privateWrites(
  { rules, flavour, sets }: Simulation,
  check: Check,
  note: Note,
): Pick<PrivateSimulator, 'put' | 'delete' | 'purge'> {
  const writing =
    (act: Act) =>
    (namespace: string, collection: string, key: string, value = nothing): void => {
      check(namespace, collection)
      rules.checkWrite()
      flavour.checkWrite(key, value)
      sets.privateWrite(namespace, collection, { key, value, isPurge: act === 'purge' })
      note(namespace, collection, act)
    }
  return {
    put: writing('write'),
    delete: writing('delete'),
    purge: writing('purge'),
  }
}

function privateQueries(
  { rules, flavour, state }: Simulation,
  check: Check,
  note: Note,
): Pick<PrivateSimulator, 'range' | 'query'> {
  const unrecorded = (): void => {}
  return {
    range(namespace, collection, start, end) {
      rules.checkQuery('private')
      check(namespace, collection)
      rules.checkOpen()
      note(namespace, collection, 'range')
      const query = { namespace: privateNamespace(namespace, collection), start, end }
      return resultsOf(rangeCursor(state, query, flavour), unrecorded, unrecorded)
    },
    query(namespace, collection, query) {
      rules.checkQuery('private')
      check(namespace, collection)
      rules.checkOpen()
      note(namespace, collection, 'range')
      const found = flavour.query(state, privateNamespace(namespace, collection), query)
      const entries = found.entries[Symbol.iterator]()
      return resultsOf({ next: () => nextOf(entries), bookmark: () => found.bookmark }, unrecorded, unrecorded)
    },
  }
}

/** @returns what refuses a collection that the contract's definition does not name, in Fabric's words */
function collectionCheck(simulation: Simulation): Check {
  const known = new Map<string, ReadonlySet<string>>()
  return (namespace, collection) => {
    let names = known.get(namespace)
    if (names === undefined) {
      const defined = simulation.collections(simulation.reader, namespace)
      if (defined === undefined) {
        throw new Error(
          `collection config not defined for chaincode [${namespace}], pass the collection configuration upon chaincode definition/instantiation`,
        )
      }
      names = new Set(defined)
      known.set(namespace, names)
    }
    if (!names.has(collection)) {
      throw new Error(`collection [${collection}] not defined in the collection config for chaincode [${namespace}]`)
    }
  }
}

function hashOf({ state }: Simulation, namespace: string, collection: string, key: string): StateValue | undefined {
  return state.get(hashedNamespace(namespace, collection), hashedKey(key))
}

/** The hash is on every peer of the channel, the value only where it was sent. */
function checkVersions(hash: Version | undefined, value: Version | undefined): void {
  if (hash?.block === value?.block && hash?.transaction === value?.transaction) return
  throw new Error(
    `private data matching public hash version is not available. Public hash version = ${textOf(hash)}, Private data version = ${textOf(value)}`,
  )
}

const textOf = (version: Version | undefined): string =>
  version ? `{BlockNum: ${version.block}, TxNum: ${version.transaction}}` : '<nil>'
