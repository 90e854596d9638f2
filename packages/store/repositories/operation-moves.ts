import { goingOnStates, type OperationState, operationMoves, operationStates, PlatformError } from '@cello/model'
import type { OperationError } from '@cello/ports'
import type { Connection } from '../connection.ts'
import { appendEvent } from '../events.ts'
import { checkFence, fenceHolds } from '../fence.ts'
import { queries } from '../queries.ts'
import { toJsonOrNull } from '../repository.ts'
import type { WriteScope } from '../writer.ts'

/** States in which there is still something to do or to decide; the partial index `operations_open` names the same. */
export const openStates = [...goingOnStates, 'failed'] as const satisfies readonly OperationState[]

export interface Move {
  readonly id: string
  readonly state: OperationState
  readonly at: number
  readonly error?: OperationError | undefined
  readonly fence?: number | undefined
}

/** States from which the table allows a move to `state`. */
export function statesBefore(state: OperationState): OperationState[] {
  return operationStates.filter((from) => (operationMoves[from] as readonly OperationState[]).includes(state))
}

/** One compare-and-set. @returns false when the table does not allow it from where it is. @throws NOT_FOUND, STALE_FENCE */
export function moveOperation(scope: WriteScope, move: Move): boolean {
  const { connection } = scope
  const { id, state, at, error, fence } = move
  const moved = connection.change(
    queries
      .updateTable('operations')
      .set({ state, error: toJsonOrNull(error), ended_at: isEnd(state) ? at : null })
      .where('id', '=', id)
      .where('state', 'in', statesBefore(state))
      .where(fenceHolds(fence)),
  )
  if (moved === 0) {
    checkFence(connection, fence, `operation/${id}`)
    stateOf(connection, id)
    return false
  }
  // What nobody will do any more is not shown as still to come, or as being done.
  if (state === 'succeeded') settleSteps(connection, id, at)
  if (state === 'cancelled' || state === 'superseded' || state === 'succeeded') dropSteps(connection, id, at)
  appendEvent(scope, { operationId: id, at, kind: 'state', state, error })
  return true
}

/** @throws NOT_FOUND */
export function stateOf(connection: Connection, id: string): OperationState {
  const row = connection.first(queries.selectFrom('operations').select('state').where('id', '=', id))
  if (row === undefined) throw new PlatformError('NOT_FOUND', { noun: 'operation', id })
  return row.state
}

/** Steps that have not ended will not be done. One that ends all the same is shown as it ended. */
export function dropSteps(connection: Connection, operationId: string, at: number): void {
  connection.change(
    queries
      .updateTable('steps')
      .set({ state: 'dropped', ended_at: at })
      .where('operation_id', '=', operationId)
      .where('state', 'in', ['pending', 'running']),
  )
}

/** Steps whose answer was lost have been seen done. */
function settleSteps(connection: Connection, operationId: string, at: number): void {
  connection.change(
    queries
      .updateTable('steps')
      .set({ state: 'done', ended_at: at, error: null })
      .where('operation_id', '=', operationId)
      .where('state', 'in', ['running', 'failed']),
  )
}

/** A failed operation has an end, though a retry takes it back. */
function isEnd(state: OperationState): boolean {
  return state !== 'queued' && state !== 'running' && state !== 'waiting'
}
