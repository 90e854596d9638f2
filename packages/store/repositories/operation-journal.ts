import { type Plan, PlatformError } from '@cello/model'
import type { NewOperation } from '@cello/ports'
import type { Connection } from '../connection.ts'
import { appendEvent } from '../events.ts'
import { checkFence, fenceHolds } from '../fence.ts'
import { queries } from '../queries.ts'
import { toJson } from '../repository.ts'
import type { WriteScope } from '../writer.ts'
import { moveOperation, openStates } from './operation-moves.ts'

export interface SeenGeneration {
  readonly networkId: string
  readonly generation: number
  readonly at: number
  readonly fence: number
}

const operationColumns = [
  'id',
  'kind',
  'state',
  'subject_kind',
  'subject_id',
  'subject_name',
  'generation',
  'actor',
  'created_at',
  'notes',
] as const

/** The operation of a network's generation, queued. */
export function insertOperation(
  scope: WriteScope,
  operation: NewOperation,
  network: { readonly id: string; readonly name: string; readonly generation: number },
): void {
  scope.connection.change(
    queries.insertInto('operations').values({
      id: operation.id,
      kind: operation.kind,
      state: 'queued',
      subject_kind: 'network',
      subject_id: network.id,
      subject_name: network.name,
      generation: network.generation,
      request: null,
      target: null,
      actor: operation.actor,
      created_at: operation.at,
      ended_at: null,
      error: null,
      notes: toJson([]),
    }),
  )
  appendEvent(scope, { operationId: operation.id, at: operation.at, kind: 'state', state: 'queued' })
}

/**
 * A repair of the generation that is wanted, in place of those that failed.
 * @returns false where the generation is another by now
 * @throws NOT_FOUND, STALE_FENCE
 */
export function beginOperation(
  scope: WriteScope,
  operation: NewOperation,
  place: { readonly networkId: string; readonly generation: number; readonly fence: number },
): boolean {
  const { connection } = scope
  const { networkId, generation, fence } = place
  const begun = connection.change(
    queries
      .insertInto('operations')
      .columns(operationColumns)
      .expression((from) =>
        from
          .selectFrom('networks')
          .select((is) => [
            is.val(operation.id).as('id'),
            is.val(operation.kind).as('kind'),
            is.val('queued' as const).as('state'),
            is.val('network' as const).as('subject_kind'),
            'networks.id as subject_id',
            'networks.name as subject_name',
            is.val(generation).as('generation'),
            is.val(operation.actor).as('actor'),
            is.val(operation.at).as('created_at'),
            is.val(toJson<Plan['notes']>([])).as('notes'),
          ])
          .where('networks.id', '=', networkId)
          .where('networks.generation', '=', generation)
          .where(fenceHolds(fence)),
      ),
  )
  if (begun === 0) {
    checkFence(connection, fence, `network/${networkId}`)
    const row = connection.first(queries.selectFrom('networks').select('id').where('id', '=', networkId))
    if (row === undefined) throw new PlatformError('NOT_FOUND', { noun: 'network', id: networkId })
    return false
  }
  appendEvent(scope, { operationId: operation.id, at: operation.at, kind: 'state', state: 'queued' })
  for (const { id, kind, state } of openOperations(connection, networkId)) {
    if (kind === 'repair-network' && state === 'failed') {
      moveOperation(scope, { id, state: 'superseded', at: operation.at, fence })
    }
  }
  return true
}

/** Ends the open operations of a network because something newer is wanted. @returns their ids */
export function supersede(scope: WriteScope, networkId: string, at: number): string[] {
  const ids = openOperations(scope.connection, networkId).map(({ id }) => id)
  for (const id of ids) moveOperation(scope, { id, state: 'superseded', at })
  return ids
}

/** A generation was seen whole: its open operations have succeeded, older ones that were left open are superseded. */
export function endGeneration(scope: WriteScope, seen: SeenGeneration): void {
  const { at, fence } = seen
  for (const { id, state, generation } of openOperations(scope.connection, seen.networkId)) {
    if (generation > seen.generation) continue
    if (generation < seen.generation) {
      moveOperation(scope, { id, state: 'superseded', at, fence })
      continue
    }
    // Only a running operation may succeed; what was seen whole without a step has run for no time at all.
    if (state !== 'running') moveOperation(scope, { id, state: 'running', at, fence })
    moveOperation(scope, { id, state: 'succeeded', at, fence })
  }
}

function openOperations(connection: Connection, networkId: string) {
  return connection.all(
    queries
      .selectFrom('operations')
      .select(['id', 'kind', 'state', 'generation'])
      .where('subject_id', '=', networkId)
      .where('state', 'in', openStates)
      .orderBy('created_at')
      .orderBy('id'),
  )
}
