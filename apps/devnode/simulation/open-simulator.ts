import type { StateEntry, StateReader, StateValue } from '../state/world-state.ts'
import { decodeMetadata } from './key-value-set.ts'
import { privateSimulator } from './private-simulator.ts'
import { type EntryResults, nextOf, type RangeRecord, rangeCursor, recordRange, resultsOf } from './range-results.ts'
import { buildSets } from './set-builder.ts'
import { refuseMetadata, type Simulation, type SimulatorOptions } from './simulation.ts'
import { simulationRules } from './simulation-rules.ts'
import type { Page, Results, SimulationResults, Simulator } from './simulator.ts'
import { levelDb } from './state-flavour.ts'

const nothing = new Uint8Array()

/** The simulator must be closed, whatever comes of it. What CouchDB's queries need is loaded when they are first asked for. */
export async function openSimulator(options: SimulatorOptions): Promise<Simulator> {
  const flavour = options.richQueries ? (await import('./couch-db.ts')).couchDb : levelDb
  const rules = simulationRules(options.txId)
  const sets = buildSets()
  const queries: Queries = { ranges: [], opened: [] }
  const reader = recordingReader({ ...options, flavour, rules, sets }, queries)
  const simulation: Simulation = { ...options, flavour, rules, sets, reader }
  const { height } = options.state
  const privateReads = new Map<string, { namespace: string; collection: string }>()
  return {
    height,
    reader,
    ...reads(simulation, queries),
    ...writes(simulation),
    private: privateSimulator(simulation, (namespace, collection) => {
      privateReads.set(`${namespace}/${collection}`, { namespace, collection })
    }),
    results(): SimulationResults {
      rules.finish()
      for (const results of queries.opened) results[Symbol.dispose]()
      for (const [namespace, record] of queries.ranges) sets.range(namespace, record.result())
      return { ...sets.encode(), privateReads: [...privateReads.values()] }
    },
    [Symbol.dispose]() {
      if (rules.close()) options.onClose()
    },
  }
}

interface Queries {
  readonly ranges: [namespace: string, record: RangeRecord][]
  /** A contract need not close what it opened: the end of the simulation does, so that the trace has all. */
  readonly opened: Disposable[]
}

function reads(
  simulation: Simulation,
  queries: Queries,
): Pick<Simulator, 'get' | 'metadata' | 'range' | 'query' | 'history'> {
  const { reader, rules, state, sets, flavour, trace } = simulation
  const recordRead = (namespace: string, entry: StateEntry | undefined): void => {
    if (entry) sets.read(namespace, entry.key, entry.version)
  }
  return {
    get: (namespace, key) => reader.get(namespace, key)?.value,
    metadata: (namespace, key) => decodeMetadata(reader.get(namespace, key)?.metadata),
    range(namespace, start, end, page) {
      return recordedRange(simulation, queries, { namespace, start, end, ...(page && { page }) })
    },
    query(namespace, query, page?: Page): Results {
      if (page) rules.checkQuery('paged')
      rules.checkOpen()
      const found = flavour.query(state, namespace, query, page)
      const entries = found.entries[Symbol.iterator]()
      const results = resultsOf(
        { next: () => nextOf(entries), bookmark: () => found.bookmark },
        (entry) => recordRead(namespace, entry),
        (keys) => trace?.add({ kind: 'query', namespace, query, keys }),
      )
      queries.opened.push(results)
      return results
    },
    history: (namespace, key) => state.history(namespace, key),
  }
}

function recordedRange(
  { rules, state, flavour, trace }: Pick<Simulation, 'rules' | 'state' | 'flavour' | 'trace'>,
  { ranges, opened }: Queries,
  query: Parameters<typeof rangeCursor>[1],
): EntryResults {
  const { namespace, start, end, page } = query
  if (page) rules.checkQuery('paged')
  rules.checkOpen()
  const record = recordRange(page?.bookmark || start, end)
  ranges.push([namespace, record])
  const results = resultsOf(
    rangeCursor(state, query, flavour),
    (entry) => (entry ? record.add({ key: entry.key, version: entry.version }) : record.exhaust()),
    (keys) => trace?.add({ kind: 'range', namespace, start, end, keys }),
  )
  opened.push(results)
  return results
}

function recordingReader(simulation: Omit<Simulation, 'reader'>, queries: Queries): StateReader {
  const { rules, flavour, state, sets, trace } = simulation
  const get = (namespace: string, key: string): StateValue | undefined => {
    rules.checkOpen()
    flavour.checkKey(key)
    const found = state.get(namespace, key)
    sets.read(namespace, key, found?.version)
    trace?.add({ kind: 'read', namespace, key, found: found !== undefined, bytes: found?.value.length ?? 0 })
    return found && { ...found, value: flavour.given(found.value) }
  }
  return {
    get,
    *range(namespace, { start, end, limit = Number.POSITIVE_INFINITY }) {
      using results = recordedRange(simulation, queries, { namespace, start, end })
      for (let taken = 0; taken < limit; taken += 1) {
        const entry = results.next()
        if (entry === undefined) return
        yield entry
      }
    },
  }
}

function writes({ rules, flavour, sets, trace }: Simulation): Pick<Simulator, 'put' | 'delete' | 'putMetadata'> {
  const put = (namespace: string, key: string, value: Uint8Array): void => {
    rules.checkWrite()
    flavour.checkWrite(key, value)
    sets.write(namespace, key, value)
    trace?.add({ kind: 'write', namespace, key, bytes: value.length, isDelete: value.length === 0 })
  }
  return {
    put,
    delete: (namespace, key) => put(namespace, key, nothing),
    putMetadata: refuseMetadata,
  }
}
