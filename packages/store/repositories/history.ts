import { setImmediate } from 'node:timers/promises'
import type { HistoryStore, Retention } from '@cello/ports'
import { sql } from 'kysely'
import type { Connection } from '../connection.ts'
import { queries } from '../queries.ts'
import type { Access } from '../repository.ts'
import type { Writer } from '../writer.ts'

/** Rows deleted in one write: more would hold up those who wait for theirs. */
const rowsPerWrite = 200

/** What ended long ago, taken out in small writes between which others have their turn; where nothing is to go, nothing is written. */
export function historyRepository(access: Access): HistoryStore {
  return {
    async sweep(retention) {
      const operations = await sweepEach(access, 'operations', (subject) =>
        oldOperations(access.reader, subject, retention),
      )
      const transactions = await sweepEach(access, 'transactions', (network) =>
        oldTransactions(access.reader, network, retention),
      )
      return { operations, transactions }
    },
  }
}

type Table = 'operations' | 'transactions'

/** Whose rows they are. */
const ownerColumns = { operations: 'subject_id', transactions: 'network_id' } as const

async function sweepEach(
  { reader, writer }: Access,
  table: Table,
  oldOf: (owner: string) => readonly string[],
): Promise<number> {
  let swept = 0
  for (let owner = ownerAfter(reader, table, ''); owner !== undefined; owner = ownerAfter(reader, table, owner)) {
    for (let old = oldOf(owner); old.length > 0; old = oldOf(owner)) swept += await remove(writer, table, old)
    await setImmediate()
  }
  return swept
}

/** Their steps go with operations. Asked once more whether they are over: a retry may have come in between. */
function remove(writer: Writer, table: Table, ids: readonly string[]): Promise<number> {
  const list = JSON.stringify(ids)
  const among = sql<string>`(select value from json_each(${list}))`
  return writer.write(({ connection }) =>
    connection.change(queries.deleteFrom(table).where('id', 'in', among).where('ended_at', 'is not', null)),
  )
}

/**
 * Over for good: not what failed, which can be retried and keeps the engine from trying by itself, nor what was cancelled of
 * the generation that is still wanted, for the same reason. Repairs are nobody's wish, so those that failed stand in no way.
 */
function oldOperations(reader: Connection, subject: string, { endedBefore, keepNewest }: Retention): string[] {
  const wanted = reader.first(queries.selectFrom('networks').select('generation').where('id', '=', subject))
  const isHost = reader.first(queries.selectFrom('hosts').select('id').where('id', '=', subject)) !== undefined
  // Of what is gone nobody asks for the newest: its operations go by their age.
  const kept =
    wanted || isHost ? oldestKept(reader, 'operations', subject, keepNewest) : { at: Number.MAX_VALUE, id: '' }
  if (!kept) return []
  const rows = reader.all(
    queries
      .selectFrom('operations')
      .select('id')
      .where('subject_id', '=', subject)
      .where((is) => is(is.refTuple('created_at', 'id'), '<', is.tuple(kept.at, kept.id)))
      .where('ended_at', '<', endedBefore)
      .where((is) =>
        is.or([
          is('state', 'in', ['succeeded', 'superseded']),
          is.and([is('state', '=', 'cancelled'), is('generation', '!=', isHost ? -1 : (wanted?.generation ?? -1))]),
          is.and([is('state', '=', 'failed'), is('kind', '=', 'repair-network')]),
          ...(wanted || isHost ? [] : [is('state', '=', 'failed')]),
        ]),
      )
      .orderBy('created_at')
      .limit(rowsPerWrite),
  )
  return rows.map(({ id }) => id)
}

/** Those whose end is known: what is not settled yet is sent again, and needs its envelope. */
function oldTransactions(reader: Connection, network: string, { endedBefore, keepNewest }: Retention): string[] {
  const kept = oldestKept(reader, 'transactions', network, keepNewest)
  if (!kept) return []
  const rows = reader.all(
    queries
      .selectFrom('transactions')
      .select('id')
      .where('network_id', '=', network)
      .where((is) => is(is.refTuple('created_at', 'id'), '<', is.tuple(kept.at, kept.id)))
      .where('ended_at', '<', endedBefore)
      .where('state', '!=', 'prepared')
      .orderBy('created_at')
      .limit(rowsPerWrite),
  )
  return rows.map(({ id }) => id)
}

/** The place of the oldest of the newest so many; undefined where there are fewer. */
function oldestKept(reader: Connection, table: Table, owner: string, count: number) {
  const row = reader.first(
    queries
      .selectFrom(table)
      .select(['created_at', 'id'])
      .where(sql.ref(ownerColumns[table]), '=', owner)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .offset(count - 1),
  )
  return row && { at: row.created_at, id: row.id }
}

/** The next owner of rows, in the order of ids. */
function ownerAfter(reader: Connection, table: Table, owner: string): string | undefined {
  const column = sql.ref<string>(ownerColumns[table])
  return reader.first(
    queries.selectFrom(table).select(column.as('id')).where(column, '>', owner).orderBy(column).limit(1),
  )?.id
}
