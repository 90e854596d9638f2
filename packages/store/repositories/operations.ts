import { goingOnStates } from '@cello/model'
import type { OperationRecord, OperationStore, Page } from '@cello/ports'
import type { Connection } from '../connection.ts'
import { ageCursor, toPage } from '../cursor.ts'
import { readEvents } from '../events.ts'
import { queries } from '../queries.ts'
import type { Access } from '../repository.ts'
import { beginOnHost, idsOnHosts } from './host-operations.ts'
import { beginOperation } from './operation-journal.ts'
import { moveOperation, openStates } from './operation-moves.ts'
import { withSteps } from './operation-rows.ts'
import { dropPlan, mergePlan, recordProgress, recordStep } from './steps.ts'

export function operationRepository(access: Access & { readonly listeners: Set<() => void> }): OperationStore {
  const { reader, writer, listeners } = access
  return {
    async get(id) {
      return withSteps(reader, reader.all(queries.selectFrom('operations').selectAll().where('id', '=', id)))[0]
    },
    async list(page) {
      return listOperations(reader, page)
    },
    async open(networkId) {
      const rows = reader.all(
        queries
          .selectFrom('operations')
          .selectAll()
          .where('subject_id', '=', networkId)
          .where('state', 'in', openStates)
          .orderBy('generation', 'desc')
          .orderBy('id', 'desc'),
      )
      return withSteps(reader, rows)
    },
    async ofGeneration(networkId, generation) {
      return operationsOf(reader, networkId, generation)
    },
    begin: (networkId, generation, operation, fence) =>
      writer.write((scope) => beginOperation(scope, operation, { networkId, generation, fence })),
    beginOnHost: (hostId, operation) => writer.write((scope) => beginOnHost(scope, hostId, operation)),
    async onHosts() {
      return idsOnHosts(reader)
    },
    planned: (operationId, plan, at, fence) =>
      writer.write((scope) => mergePlan(scope, plan, { operationId, at, fence })),
    dropped: (operationId, plan, at, fence) =>
      writer.write((scope) => dropPlan(scope, plan, { operationId, at, fence })),
    step: (operationId, step, at, fence) =>
      writer.write((scope) => recordStep(scope, step, { operationId, at, fence })),
    progress: (operationId, step, at, fence) =>
      writer.write((scope) => recordProgress(scope, step, { operationId, at, fence })),
    move: (id, state, at, options = {}) => writer.write((scope) => moveOperation(scope, { id, state, at, ...options })),
    async events(after, options) {
      return readEvents(reader, after, options)
    },
    onEvent(listener) {
      // Wrapped, so that one function given twice is called twice and each is taken back by itself.
      const entry = () => listener()
      listeners.add(entry)
      return {
        [Symbol.dispose]: () => {
          listeners.delete(entry)
        },
      }
    },
  }
}

function operationsOf(reader: Connection, networkId: string, generation: number): OperationRecord[] {
  const rows = reader.all(
    queries
      .selectFrom('operations')
      .selectAll()
      .where('subject_id', '=', networkId)
      .where('generation', '=', generation)
      .where((is) => is.or([is('kind', '!=', 'repair-network'), is('state', 'in', goingOnStates)]))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc'),
  )
  return withSteps(reader, rows)
}

function listOperations(
  reader: Connection,
  { limit, cursor, networkId, hostId, open }: Parameters<OperationStore['list']>[0],
): Page<OperationRecord> {
  const subject = networkId ?? hostId
  const after = ageCursor(cursor)
  const rows = reader.all(
    queries
      .selectFrom('operations')
      .selectAll()
      .$if(subject !== undefined, (query) => query.where('subject_id', '=', subject ?? ''))
      .$if(open === true, (query) => query.where('state', 'in', openStates))
      .$if(open === false, (query) => query.where('state', 'not in', openStates))
      .$if(after !== undefined, (query) =>
        query.where((is) => is(is.refTuple('created_at', 'id'), '<', is.tuple(after?.at ?? 0, after?.id ?? ''))),
      )
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1),
  )
  const page = toPage(rows, limit, { key: (row) => [row.created_at, row.id], map: (row) => row })
  return { ...page, items: withSteps(reader, page.items) }
}
