import { type NodeRecord, PlatformError } from '@cello/model'
import type { NetworkRecord, Page, PageRequest } from '@cello/ports'
import type { Connection } from '../connection.ts'
import { nameCursor, toPage } from '../cursor.ts'
import { queries } from '../queries.ts'
import { json, toJson } from '../repository.ts'
import { isForeignKey } from '../storage-errors.ts'
import type { NetworkRow } from '../tables.ts'
import { readNodes, readNodesOf } from './nodes.ts'

export function readNetwork(connection: Connection, id: string): NetworkRecord | undefined {
  const row = connection.first(queries.selectFrom('networks').selectAll().where('id', '=', id))
  return row && toNetwork(row, readNodes(connection, id))
}

/** By name, so that a network made meanwhile moves none from one page to another. */
export function listNetworks(connection: Connection, { limit, cursor }: PageRequest): Page<NetworkRecord> {
  const after = nameCursor(cursor)
  const rows = connection.all(
    queries
      .selectFrom('networks')
      .selectAll()
      .$if(after !== undefined, (query) => query.where('name', '>', after ?? ''))
      .orderBy('name')
      .limit(limit + 1),
  )
  const nodes = readNodesOf(
    connection,
    rows.map((row) => row.id),
  )
  return toPage(rows, limit, { key: (row) => [row.name], map: (row) => toNetwork(row, nodes.get(row.id) ?? []) })
}

/** @throws NAME_TAKEN; NOT_FOUND where there is no such host. */
export function insertNetwork(connection: Connection, network: NetworkRecord): void {
  try {
    const inserted = connection.change(
      queries
        .insertInto('networks')
        .values(toRow(network))
        .onConflict((conflict) => conflict.column('name').doNothing()),
    )
    if (inserted === 0) throw new PlatformError('NAME_TAKEN', { noun: 'network', name: network.name })
  } catch (error) {
    if (!isForeignKey(error)) throw error
    throw new PlatformError('NOT_FOUND', { noun: 'host', id: network.hostId }, { cause: error })
  }
}

function toNetwork(row: NetworkRow, nodes: readonly NodeRecord[]): NetworkRecord {
  return {
    id: row.id,
    name: row.name,
    spec: json(row.spec),
    runtime: json(row.runtime),
    hostId: row.host_id,
    power: row.power,
    deleting: row.deleting === 1,
    generation: row.generation,
    observedGeneration: row.observed_generation,
    createdAt: row.created_at,
    nodes,
  }
}

function toRow(network: NetworkRecord): NetworkRow {
  return {
    id: network.id,
    name: network.name,
    spec: toJson(network.spec),
    runtime: toJson(network.runtime),
    host_id: network.hostId,
    power: network.power,
    deleting: network.deleting ? 1 : 0,
    generation: network.generation,
    observed_generation: network.observedGeneration,
    created_at: network.createdAt,
  }
}
