import type { ClaimStore } from '@cello/ports'
import { sql } from 'kysely'
import { queries } from '../queries.ts'
import type { Access } from '../repository.ts'

export function claimRepository({ writer }: Access): ClaimStore {
  return {
    take: (owner, now, ttlMs) =>
      writer.write(({ connection }) => {
        // Taken again while it is still ours it is the same claim and keeps its fence; any other taking raises it.
        const row = connection.first(
          queries
            .updateTable('claims')
            .set({
              owner,
              fence: sql<number>`case when owner = ${owner} and expires_at > ${now} then fence else fence + 1 end`,
              expires_at: now + ttlMs,
            })
            .where('id', '=', 1)
            .where((is) => is.or([is('owner', 'is', null), is('owner', '=', owner), is('expires_at', '<=', now)]))
            .returning('fence'),
        )
        return row?.fence
      }),
    renew: (owner, fence, now, ttlMs) =>
      writer.write(({ connection }) => {
        const renewed = connection.change(
          queries
            .updateTable('claims')
            .set({ expires_at: now + ttlMs })
            .where('id', '=', 1)
            .where('owner', '=', owner)
            .where('fence', '=', fence),
        )
        return renewed > 0
      }),
    release: (owner, fence) =>
      writer.write(({ connection }) => {
        connection.change(
          queries
            .updateTable('claims')
            .set({ owner: null, expires_at: 0 })
            .where('id', '=', 1)
            .where('owner', '=', owner)
            .where('fence', '=', fence),
        )
      }),
  }
}
