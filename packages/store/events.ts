import type { OperationEvent } from '@cello/ports'
import type { Connection } from './connection.ts'
import { queries } from './queries.ts'
import { jsonOrAbsent, toJsonOrNull } from './repository.ts'
import type { WriteScope } from './writer.ts'

/** Events older than the newest so many are dropped. A watcher that was away for longer reads the operations again. */
export const keptEvents = 100_000

/** So often, in events, the old ones are dropped: then a delete removes many rows at once. */
const pruneEvery = 1000

/** Writes an event in the transaction of what it tells. */
export function appendEvent(scope: WriteScope, event: Omit<OperationEvent, 'seq'>): void {
  const row = scope.connection.first(
    queries
      .insertInto('events')
      .values({
        operation_id: event.operationId,
        at: event.at,
        kind: event.kind,
        state: event.state,
        step: toJsonOrNull(event.step),
        error: toJsonOrNull(event.error),
      })
      .returning('seq'),
  )
  scope.wroteEvents()
  if (row !== undefined && row.seq % pruneEvery === 0) {
    scope.connection.change(queries.deleteFrom('events').where('seq', '<=', row.seq - keptEvents))
  }
}

/** After `seq`, oldest first. */
export function readEvents(
  reader: Connection,
  after: number,
  options: { readonly operationId?: string; readonly limit: number },
): OperationEvent[] {
  const { operationId, limit } = options
  const rows = reader.all(
    queries
      .selectFrom('events')
      .selectAll()
      .where('seq', '>', after)
      .$if(operationId !== undefined, (query) => query.where('operation_id', '=', operationId ?? ''))
      .orderBy('seq')
      .limit(limit),
  )
  return rows.map((row) => ({
    seq: row.seq,
    operationId: row.operation_id,
    at: row.at,
    kind: row.kind,
    state: row.state,
    step: jsonOrAbsent(row.step),
    error: jsonOrAbsent(row.error),
  }))
}
