import { type HostRequest, PlatformError, targetOf } from '@cello/model'
import type { NewOperation, OperationRecord } from '@cello/ports'
import type { Connection } from '../connection.ts'
import { appendEvent } from '../events.ts'
import { queries } from '../queries.ts'
import { toJson } from '../repository.ts'
import type { OperationRow } from '../tables.ts'
import type { WriteScope } from '../writer.ts'
import { moveOperation, openStates } from './operation-moves.ts'
import { withSteps } from './operation-rows.ts'

export interface BegunOnHost {
  readonly operation: OperationRecord
  readonly superseded: readonly string[]
}

/** The operation that makes the request true: a new one, or the one that does so already. @throws NOT_FOUND */
export function beginOnHost(
  scope: WriteScope,
  hostId: string,
  operation: NewOperation & { readonly request: HostRequest },
): BegunOnHost {
  const { connection } = scope
  const { id, request, at } = operation
  const known = connection.first(queries.selectFrom('operations').selectAll().where('id', '=', id))
  if (known) return { operation: read(connection, known), superseded: [] }
  const host = connection.first(queries.selectFrom('hosts').select('name').where('id', '=', hostId))
  if (!host) throw new PlatformError('NOT_FOUND', { noun: 'host', id: hostId })
  const open = openOfTarget(connection, hostId, targetOf(request))
  const same = open.find((row) => row.state !== 'failed' && row.request === toJson(request))
  if (same) return { operation: read(connection, same), superseded: [] }
  const superseded = open.map((row) => row.id)
  for (const older of superseded) moveOperation(scope, { id: older, state: 'superseded', at })
  const row: OperationRow = {
    id,
    kind: operation.kind,
    state: 'queued',
    subject_kind: 'host',
    subject_id: hostId,
    subject_name: host.name,
    generation: 0,
    request: toJson(request),
    target: targetOf(request),
    actor: operation.actor,
    created_at: at,
    ended_at: null,
    error: null,
    notes: toJson([]),
  }
  connection.change(queries.insertInto('operations').values(row))
  appendEvent(scope, { operationId: id, at, kind: 'state', state: 'queued' })
  return { operation: read(connection, row), superseded }
}

/** Operations of hosts that go on. */
export function idsOnHosts(connection: Connection): string[] {
  const rows = connection.all(
    queries
      .selectFrom('operations')
      .select('id')
      .where('subject_kind', '=', 'host')
      .where('state', 'in', ['queued', 'running', 'waiting'])
      .orderBy('created_at')
      .orderBy('id'),
  )
  return rows.map(({ id }) => id)
}

function openOfTarget(connection: Connection, hostId: string, target: string): OperationRow[] {
  return connection.all(
    queries
      .selectFrom('operations')
      .selectAll()
      .where('subject_id', '=', hostId)
      .where('target', '=', target)
      .where('state', 'in', openStates),
  )
}

function read(connection: Connection, row: OperationRow): OperationRecord {
  const [record] = withSteps(connection, [row])
  if (!record) throw new Error('a row gave no record')
  return record
}
