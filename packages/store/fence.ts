import { PlatformError } from '@cello/model'
import { sql } from 'kysely'
import type { Connection } from './connection.ts'
import { queries } from './queries.ts'

/** True in SQL while the claim with this fence is held; absent: always. Stands in the statement that it guards. */
export function fenceHolds(fence: number | undefined) {
  return fence === undefined
    ? sql<boolean>`true`
    : sql<boolean>`exists (select 1 from claims where id = 1 and owner is not null and fence = ${fence})`
}

/** Asked after a guarded statement changed nothing, to say why. @throws STALE_FENCE */
export function checkFence(connection: Connection, fence: number | undefined, key: string): void {
  if (connection.first(queries.selectNoFrom(fenceHolds(fence).as('holds')))?.holds) return
  throw new PlatformError('STALE_FENCE', { key })
}
