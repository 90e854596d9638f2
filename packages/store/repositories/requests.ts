import { PlatformError } from '@cello/model'
import type { RequestStore } from '@cello/ports'
import { queries } from '../queries.ts'
import { type Access, json, toJson } from '../repository.ts'
import type { RequestRow } from '../tables.ts'

/** How long an answer is given again, in milliseconds: a day, as Stripe does and the IETF draft on Idempotency-Key suggests. */
const keptMs = 24 * 60 * 60 * 1000

export function requestRepository({ writer }: Access): RequestStore {
  return {
    begin: (request) =>
      writer.write(({ connection }) => {
        const { key, actor, hash, at } = request
        connection.change(queries.deleteFrom('requests').where('at', '<=', at - keptMs))
        const begun = connection.change(
          queries
            .insertInto('requests')
            .values({ key, actor, hash, at, status: null, headers: null, body: null })
            .onConflict((conflict) => conflict.columns(['actor', 'key']).doNothing()),
        )
        if (begun > 0) return 'new'
        const row = connection.first(
          queries.selectFrom('requests').selectAll().where('actor', '=', actor).where('key', '=', key),
        )
        return answerOf(row, hash)
      }),
    finish: ({ key, actor, status, body, headers }) =>
      writer.write(({ connection }) => {
        connection.change(
          queries
            .updateTable('requests')
            .set({ status, body, headers: toJson(headers) })
            .where('actor', '=', actor)
            .where('key', '=', key)
            .where('status', 'is', null),
        )
      }),
    abandon: ({ key, actor }) =>
      writer.write(({ connection }) => {
        connection.change(
          queries.deleteFrom('requests').where('actor', '=', actor).where('key', '=', key).where('status', 'is', null),
        )
      }),
  }
}

function answerOf(row: RequestRow | undefined, hash: string) {
  if (row !== undefined && row.hash !== hash) throw new PlatformError('IDEMPOTENCY_MISMATCH')
  if (row === undefined || row.status === null) throw new PlatformError('IDEMPOTENCY_IN_FLIGHT')
  return {
    status: row.status,
    body: row.body ?? '',
    headers: row.headers === null ? {} : json(row.headers),
  }
}
