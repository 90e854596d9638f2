import { PlatformError } from '@cello/model'
import type { TransactionRecord, TransactionStore } from '@cello/ports'
import type { Connection } from '../connection.ts'
import { ageCursor, toPage } from '../cursor.ts'
import { queries } from '../queries.ts'
import { type Access, absent, jsonOrAbsent, plainBytes, toJsonOrNull } from '../repository.ts'
import { isForeignKey } from '../storage-errors.ts'
import type { TransactionRow } from '../tables.ts'

export function transactionRepository({ reader, writer }: Access): TransactionStore {
  return {
    prepare: (record) => writer.write(({ connection }) => insertTransaction(connection, toRow(record))),
    finish: (id, outcome) => writer.write(({ connection }) => finishTransaction(connection, id, outcome)),
    async get(id) {
      const row = reader.first(queries.selectFrom('transactions').selectAll().where('id', '=', id))
      return row && toTransaction(row)
    },
    async pending(networkId, purpose) {
      const rows = reader.all(
        queries
          .selectFrom('transactions')
          .selectAll()
          .where('network_id', '=', networkId)
          .where('state', '=', 'prepared')
          .$if(purpose !== undefined, (query) => query.where('purpose', '=', purpose ?? ''))
          .orderBy('created_at')
          .orderBy('id'),
      )
      return rows.map(toTransaction)
    },
    async list(networkId, { limit, cursor }) {
      const after = ageCursor(cursor)
      const rows = reader.all(
        queries
          .selectFrom('transactions')
          .selectAll()
          .where('network_id', '=', networkId)
          .$if(after !== undefined, (query) =>
            query.where((is) => is(is.refTuple('created_at', 'id'), '<', is.tuple(after?.at ?? 0, after?.id ?? ''))),
          )
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit + 1),
      )
      return toPage(rows, limit, { key: (row) => [row.created_at, row.id], map: toTransaction })
    },
  }
}

function insertTransaction(connection: Connection, row: TransactionRow): void {
  try {
    connection.change(queries.insertInto('transactions').values(row))
  } catch (error) {
    if (!isForeignKey(error)) throw error
    throw new PlatformError('NOT_FOUND', { noun: 'network', id: row.network_id }, { cause: error })
  }
}

/** The first outcome stays: a transaction's place in its chain does not change. @throws NOT_FOUND */
function finishTransaction(
  connection: Connection,
  id: string,
  outcome: { readonly valid: boolean; readonly status: string; readonly block: number; readonly at: number },
): void {
  const finished = connection.change(
    queries
      .updateTable('transactions')
      .set({
        state: outcome.valid ? 'valid' : 'invalid',
        status: outcome.status,
        block: outcome.block,
        ended_at: outcome.at,
      })
      .where('id', '=', id)
      .where('state', '=', 'prepared'),
  )
  if (finished > 0) return
  const there = connection.first(queries.selectFrom('transactions').select('id').where('id', '=', id))
  if (there === undefined) throw new PlatformError('NOT_FOUND', { noun: 'transaction', id })
}

function toTransaction(row: TransactionRow): TransactionRecord {
  return {
    id: row.id,
    networkId: row.network_id,
    channel: row.channel,
    txId: row.tx_id,
    purpose: row.purpose,
    about: jsonOrAbsent(row.about),
    envelope: plainBytes(row.envelope),
    result: row.result === null ? undefined : plainBytes(row.result),
    state: row.state,
    status: absent(row.status),
    block: absent(row.block),
    createdAt: row.created_at,
    endedAt: absent(row.ended_at),
  }
}

function toRow(record: TransactionRecord): TransactionRow {
  return {
    id: record.id,
    network_id: record.networkId,
    channel: record.channel,
    tx_id: record.txId,
    purpose: record.purpose,
    about: toJsonOrNull(record.about),
    envelope: record.envelope,
    result: record.result ?? null,
    state: record.state,
    status: record.status ?? null,
    block: record.block ?? null,
    created_at: record.createdAt,
    ended_at: record.endedAt ?? null,
  }
}
