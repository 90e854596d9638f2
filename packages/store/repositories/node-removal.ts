import { sql } from 'kysely'
import type { Connection } from '../connection.ts'
import { checkFence, fenceHolds } from '../fence.ts'
import { queries } from '../queries.ts'

/**
 * Deletes a removed node's row, and so its ports, and its identities unless another node has taken its name since. A node
 * that is not there, or is wanted again, is left as it is.
 */
export function forgetNode(connection: Connection, nodeId: string, fence: number): void {
  const node = connection.first(
    queries
      .deleteFrom('nodes')
      .where('id', '=', nodeId)
      .where('removed', '=', 1)
      .where(fenceHolds(fence))
      .returning(['network_id', 'organization', 'name']),
  )
  if (node === undefined) return checkFence(connection, fence, `node/${nodeId}`)
  connection.change(
    queries
      .deleteFrom('identities')
      .where('network_id', '=', node.network_id)
      .where('organization', '=', node.organization)
      .where('subject', 'in', [`node/${node.name}`, `node-tls/${node.name}`])
      .where(
        sql<boolean>`not exists (select 1 from nodes where nodes.network_id = ${node.network_id}
          and nodes.organization = ${node.organization} and nodes.name = ${node.name})`,
      ),
  )
}
