import type { OperationRecord, StepRecord } from '@cello/ports'
import { sql } from 'kysely'
import type { Connection } from '../connection.ts'
import { queries } from '../queries.ts'
import { absent, json, jsonOrAbsent } from '../repository.ts'
import type { OperationRow, StepRow } from '../tables.ts'

/** The operations of these rows, each with its steps in the order in which they were planned. */
export function withSteps(connection: Connection, rows: readonly OperationRow[]): OperationRecord[] {
  const ids = JSON.stringify(rows.map((row) => row.id))
  const steps = connection.all(
    queries
      .selectFrom('steps')
      .selectAll()
      .where('operation_id', 'in', sql<string>`(select value from json_each(${ids}))`)
      .orderBy('position'),
  )
  const byOperation = Map.groupBy(steps, (step) => step.operation_id)
  return rows.map((row) => toOperation(row, byOperation.get(row.id) ?? []))
}

export function toStep(row: StepRow): StepRecord {
  return {
    kind: row.kind,
    key: row.key,
    needs: json(row.needs),
    title: row.title,
    state: row.state,
    attempts: row.attempts,
    startedAt: absent(row.started_at),
    endedAt: absent(row.ended_at),
    error: jsonOrAbsent(row.error),
    progress: jsonOrAbsent(row.progress),
  }
}

function toOperation(row: OperationRow, steps: readonly StepRow[]): OperationRecord {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
    generation: row.generation,
    request: jsonOrAbsent(row.request),
    actor: row.actor,
    createdAt: row.created_at,
    endedAt: absent(row.ended_at),
    error: jsonOrAbsent(row.error),
    notes: json(row.notes),
    steps: steps.map(toStep),
  }
}
