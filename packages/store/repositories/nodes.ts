import { type NodeRecord, PlatformError } from '@cello/model'
import { sql } from 'kysely'
import type { Connection } from '../connection.ts'
import { queries } from '../queries.ts'
import { json, jsonOrAbsent, toJsonOrNull } from '../repository.ts'
import type { JsonText, NodeRow } from '../tables.ts'

/** The nodes of a network in the order in which they were allotted. */
export function readNodes(connection: Connection, networkId: string): NodeRecord[] {
  return connection
    .all(selectNodes().where('network_id', '=', networkId).orderBy('created_at').orderBy('id'))
    .map(toNode)
}

/** Those of many networks, by network. */
export function readNodesOf(connection: Connection, networkIds: readonly string[]): Map<string, NodeRecord[]> {
  const rows = connection.all(
    selectNodes()
      // One text for any number of networks, so that the statement stays prepared.
      .where('network_id', 'in', sql<string>`(select value from json_each(${JSON.stringify(networkIds)}))`)
      .orderBy('created_at')
      .orderBy('id'),
  )
  return Map.groupBy(rows.map(toNode), (node) => node.networkId)
}

/** Writes a new node with its ports, or what may change of one that is there. @throws PORT_TAKEN, NAME_TAKEN */
export function writeNode(connection: Connection, node: NodeRecord): void {
  const changed = connection.change(
    queries
      .updateTable('nodes')
      .set({ power: node.power, incarnation: node.incarnation, removed: node.removed ? 1 : 0 })
      .where('id', '=', node.id)
      .where('network_id', '=', node.networkId),
  )
  if (changed === 0) insertNode(connection, node)
}

export function insertNode(connection: Connection, node: NodeRecord): void {
  const inserted = connection.change(
    queries
      .insertInto('nodes')
      .values(toRow(node))
      // The conflict target is the partial index: any other conflict is a defect and thrown as such.
      .onConflict((conflict) =>
        conflict.columns(['network_id', 'organization', 'name']).where(sql.ref('removed'), '=', sql`0`).doNothing(),
      ),
  )
  if (inserted === 0) throw new PlatformError('NAME_TAKEN', { noun: 'node', name: `${node.organization}/${node.name}` })
  for (const [name, port] of Object.entries(node.ports)) {
    const allotted = connection.change(
      queries
        .insertInto('ports')
        .values({ host_id: node.hostId, port, node_id: node.id, name })
        .onConflict((conflict) => conflict.columns(['host_id', 'port']).doNothing()),
    )
    if (allotted === 0) {
      throw new PlatformError('PORT_TAKEN', { port, node: `${node.organization}/${node.name}` })
    }
  }
}

function selectNodes() {
  return queries
    .selectFrom('nodes')
    .selectAll('nodes')
    .select(
      sql<
        JsonText<NodeRecord['ports']>
      >`(select json_group_object(ports.name, ports.port) from ports where ports.node_id = nodes.id)`.as('ports'),
    )
}

function toNode(row: NodeRow & { readonly ports: JsonText<NodeRecord['ports']> }): NodeRecord {
  return {
    id: row.id,
    networkId: row.network_id,
    organization: row.organization,
    name: row.name,
    kind: row.kind,
    hostId: row.host_id,
    ports: json(row.ports),
    power: row.power,
    incarnation: row.incarnation,
    contract: jsonOrAbsent(row.contract),
    removed: row.removed === 1,
    createdAt: row.created_at,
  }
}

function toRow(node: NodeRecord): NodeRow {
  return {
    id: node.id,
    network_id: node.networkId,
    organization: node.organization,
    name: node.name,
    kind: node.kind,
    host_id: node.hostId,
    power: node.power,
    incarnation: node.incarnation,
    contract: toJsonOrNull(node.contract),
    removed: node.removed ? 1 : 0,
    created_at: node.createdAt,
  }
}
