import { isGoingOn, type Plan, PlatformError, type Step, type StepProgress, stepId } from '@cello/model'
import type { StepRecord } from '@cello/ports'
import type { Connection } from '../connection.ts'
import { appendEvent } from '../events.ts'
import { checkFence, fenceHolds } from '../fence.ts'
import { queries } from '../queries.ts'
import { toJson, toJsonOrNull } from '../repository.ts'
import type { StepRow } from '../tables.ts'
import type { WriteScope } from '../writer.ts'
import { dropSteps, moveOperation, stateOf } from './operation-moves.ts'
import { toStep } from './operation-rows.ts'

interface Write {
  readonly operationId: string
  readonly at: number
  readonly fence: number
}

/** Merges a plan into the journal; writes nothing where that changes nothing. @throws NOT_FOUND, STALE_FENCE, OPERATION_ENDED */
export function mergePlan(scope: WriteScope, plan: Plan, write: Write): void {
  const { connection } = scope
  const { operationId, at, fence } = write
  checkFence(connection, fence, `operation/${operationId}`)
  const state = stateOf(connection, operationId)
  if (state !== 'running' && !moveOperation(scope, { id: operationId, state: 'running', at, fence })) {
    throw new PlatformError('OPERATION_ENDED', { id: operationId, state })
  }
  const noted = noteAll(connection, plan, write)
  const merged = mergeSteps(connection, plan.steps, write)
  if (noted || merged) appendEvent(scope, { operationId, at, kind: 'planned', state: 'running' })
}

/** Records the plan of an operation that was cancelled before it had one, all of it dropped. @throws NOT_FOUND, STALE_FENCE */
export function dropPlan(scope: WriteScope, plan: Plan, write: Write): void {
  const { connection } = scope
  const { operationId, at, fence } = write
  checkFence(connection, fence, `operation/${operationId}`)
  const state = stateOf(connection, operationId)
  const step = connection.first(queries.selectFrom('steps').select('key').where('operation_id', '=', operationId))
  if (state !== 'cancelled' || step !== undefined) return
  mergeSteps(connection, plan.steps, write)
  dropSteps(connection, operationId, at)
  appendEvent(scope, { operationId, at, kind: 'planned', state })
}

/** Records a step's move. None begins of an operation that has ended. @throws NOT_FOUND, STALE_FENCE, OPERATION_ENDED */
export function recordStep(
  scope: WriteScope,
  step: Pick<StepRecord, 'kind' | 'key' | 'state' | 'error'>,
  write: Write,
): void {
  const { connection } = scope
  const { operationId, at, fence } = write
  const begins = step.state === 'running'
  if (begins) checkGoesOn(connection, write)
  const ends = step.state === 'done' || step.state === 'failed' || step.state === 'dropped'
  const row = connection.first(
    queries
      .updateTable('steps')
      .set((column) => ({
        state: step.state,
        error: toJsonOrNull(step.error),
        attempts: begins ? column('attempts', '+', 1) : column.ref('attempts'),
        started_at: begins ? column.fn.coalesce('started_at', column.val(at)) : column.ref('started_at'),
        ended_at: ends ? at : null,
      }))
      .where('operation_id', '=', operationId)
      .where('kind', '=', step.kind)
      .where('key', '=', step.key)
      .where(fenceHolds(fence))
      .returningAll(),
  )
  announce(scope, row, { ...write, step })
}

function checkGoesOn(connection: Connection, { operationId, fence }: Write): void {
  checkFence(connection, fence, `operation/${operationId}`)
  const state = stateOf(connection, operationId)
  if (!isGoingOn({ state })) {
    throw new PlatformError('OPERATION_ENDED', { id: operationId, state })
  }
}

/** Records how far a step is. @throws NOT_FOUND, STALE_FENCE */
export function recordProgress(
  scope: WriteScope,
  step: Pick<StepRecord, 'kind' | 'key'> & { readonly progress: StepProgress },
  write: Write,
): void {
  const row = scope.connection.first(
    queries
      .updateTable('steps')
      .set({ progress: toJson(step.progress) })
      .where('operation_id', '=', write.operationId)
      .where('kind', '=', step.kind)
      .where('key', '=', step.key)
      .where(fenceHolds(write.fence))
      .returningAll(),
  )
  announce(scope, row, { ...write, step })
}

/** Tells of a step as it now is. @throws NOT_FOUND, STALE_FENCE where the guarded statement changed nothing */
function announce(
  scope: WriteScope,
  row: StepRow | undefined,
  { operationId, at, fence, step }: Write & { readonly step: Pick<StepRecord, 'kind' | 'key' | 'error'> },
): void {
  const { connection } = scope
  if (row === undefined) {
    checkFence(connection, fence, `operation/${operationId}`)
    throw new PlatformError('NOT_FOUND', { noun: 'step', id: stepId(step) })
  }
  const state = stateOf(connection, operationId)
  appendEvent(scope, { operationId, at, kind: 'step', state, step: toStep(row), error: step.error })
}

function noteAll(connection: Connection, plan: Plan, { operationId, fence }: Write): boolean {
  const notes = toJson(plan.notes)
  const changed = connection.change(
    queries
      .updateTable('operations')
      .set({ notes })
      .where('id', '=', operationId)
      .where('notes', '!=', notes)
      .where(fenceHolds(fence)),
  )
  return changed > 0
}

function mergeSteps(connection: Connection, steps: readonly Step[], write: Write): boolean {
  const { operationId, at } = write
  const kept = connection.all(queries.selectFrom('steps').selectAll().where('operation_id', '=', operationId))
  const byId = new Map(kept.map((row) => [stepId(row), row]))
  const planned = new Set(steps.map(stepId))
  let next = kept.reduce((highest, row) => Math.max(highest, row.position), -1) + 1
  let changed = false
  for (const step of steps) {
    const row = byId.get(stepId(step))
    if (row === undefined) insertStep(connection, step, { operationId, position: next++ })
    else if (!isPlannedAgain(row, step)) continue
    else planAgain(connection, row, step)
    changed = true
  }
  for (const row of kept) {
    if (row.state !== 'pending' || planned.has(stepId(row))) continue
    setState(connection, row, { state: 'dropped', ended_at: at })
    changed = true
  }
  return changed
}

function insertStep(
  connection: Connection,
  step: Step,
  place: { readonly operationId: string; readonly position: number },
): void {
  connection.change(
    queries.insertInto('steps').values({
      operation_id: place.operationId,
      kind: step.kind,
      key: step.key,
      position: place.position,
      title: step.title,
      needs: toJson(step.needs),
      state: 'pending',
      attempts: 0,
      started_at: null,
      ended_at: null,
      error: null,
      progress: null,
    }),
  )
}

/** Whether a step that is in the journal must be shown as to come once more, or in other words. */
function isPlannedAgain(row: StepRow, step: Step): boolean {
  const isOver = row.state === 'done' || row.state === 'dropped'
  return isOver || row.title !== step.title || row.needs !== toJson(step.needs)
}

function planAgain(connection: Connection, row: StepRow, step: Step): void {
  const isOver = row.state === 'done' || row.state === 'dropped'
  setState(connection, row, {
    title: step.title,
    needs: toJson(step.needs),
    ...(isOver ? { state: 'pending' as const, ended_at: null, error: null } : {}),
  })
}

function setState(connection: Connection, row: StepRow, values: Partial<Omit<StepRow, 'position'>>): void {
  connection.change(
    queries
      .updateTable('steps')
      .set(values)
      .where('operation_id', '=', row.operation_id)
      .where('kind', '=', row.kind)
      .where('key', '=', row.key),
  )
}
