import { PlatformError } from '@cello/model'
import type { NetworkChange } from '@cello/ports'
import { sql } from 'kysely'
import type { Connection } from '../connection.ts'
import { checkFence, fenceHolds } from '../fence.ts'
import { queries } from '../queries.ts'
import { toJson } from '../repository.ts'
import type { WriteScope } from '../writer.ts'
import { writeNode } from './nodes.ts'
import { endGeneration, insertOperation, type SeenGeneration, supersede } from './operation-journal.ts'
import { requirePackages } from './package-use.ts'

/**
 * Writes what is wanted now, its generation and its operation. @returns the ids of the operations that this ended
 * @throws NOT_FOUND (network, package), NETWORK_DELETING, PRECONDITION_FAILED, PORT_TAKEN
 */
export function changeNetwork(scope: WriteScope, change: NetworkChange): string[] {
  const { connection } = scope
  const { networkId, expectedGeneration, spec, power, deleting, operation } = change
  const row = connection.first(
    queries
      .updateTable('networks')
      .set({ generation: sql<number>`generation + 1` })
      .set({
        ...(spec === undefined ? {} : { spec: toJson(spec) }),
        ...(power === undefined ? {} : { power }),
        ...(deleting === undefined ? {} : { deleting: 1 }),
      })
      .where('id', '=', networkId)
      .$if(deleting === undefined, (query) => query.where('deleting', '=', 0))
      .$if(expectedGeneration !== undefined, (query) => query.where('generation', '=', expectedGeneration ?? 0))
      .returning(['id', 'name', 'generation']),
  )
  if (row === undefined) throw refusal(connection, networkId)
  if (spec !== undefined) requirePackages(connection, spec)
  for (const node of change.nodes ?? []) writeNode(connection, node)
  const superseded = supersede(scope, networkId, operation.at)
  insertOperation(scope, operation, row)
  return superseded
}

/** Records that a generation was seen whole; writes nothing where that is known. @throws STALE_FENCE */
export function markObserved(scope: WriteScope, seen: SeenGeneration): void {
  const { connection } = scope
  const { networkId, generation, fence } = seen
  connection.change(
    queries
      .updateTable('networks')
      .set({ observed_generation: generation })
      .where('id', '=', networkId)
      .where('observed_generation', '<', generation)
      .where('generation', '>=', generation)
      .where(fenceHolds(fence)),
  )
  checkFence(connection, fence, `network/${networkId}`)
  endGeneration(scope, seen)
}

/** Deletes a network that is gone; what was to be done with it is done. Again is no error: the first time may have been acknowledged to nobody. @throws STALE_FENCE */
export function forgetNetwork(scope: WriteScope, gone: Omit<SeenGeneration, 'generation'>): void {
  const { connection } = scope
  const { networkId, fence } = gone
  const row = connection.first(
    queries.deleteFrom('networks').where('id', '=', networkId).where(fenceHolds(fence)).returning('generation'),
  )
  if (row === undefined) checkFence(connection, fence, `network/${networkId}`)
  else endGeneration(scope, { ...gone, generation: row.generation })
}

/** Why the guarded statement changed nothing. */
function refusal(connection: Connection, id: string): PlatformError {
  const row = connection.first(queries.selectFrom('networks').select(['name', 'deleting']).where('id', '=', id))
  if (row === undefined) return new PlatformError('NOT_FOUND', { noun: 'network', id })
  if (row.deleting === 1) return new PlatformError('NETWORK_DELETING', { network: row.name })
  return new PlatformError('PRECONDITION_FAILED', { noun: 'network', id: row.name })
}
