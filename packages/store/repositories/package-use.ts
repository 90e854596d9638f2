import { type NetworkSpec, PlatformError } from '@cello/model'
import type { PackageRetention } from '@cello/ports'
import { sql } from 'kysely'
import type { Connection } from '../connection.ts'
import { queries } from '../queries.ts'
import type { Access } from '../repository.ts'

/** Deployments of all documents, and nodes of earlier ones that are not removed yet, name packages by digest. */
const used = sql<string>`(
  select named.value from networks, json_tree(networks.spec) as named where named.key in ('package', 'code') and named.type = 'text'
  union
  select nodes.contract ->> 'package' from nodes where nodes.contract ->> 'package' is not null
)`

/** Takes out what nobody uses, but what the retention keeps; where nothing is to go, nothing is written. @returns how many */
export async function sweepPackages({ reader, writer }: Access, retention: PackageRetention): Promise<number> {
  const old = JSON.stringify(unusedPackages(reader, retention))
  if (old === '[]') return 0
  const among = sql<string>`(select value from json_each(${old}))`
  return writer.write(({ connection }) =>
    connection.change(
      queries
        .deleteFrom('packages')
        .where('digest', 'in', among)
        // Once more: they may have been deployed or uploaded again in between.
        .where('created_at', '<', retention.keptBefore)
        .where('digest', 'not in', used),
    ),
  )
}

/** @throws NOT_FOUND where the document names a package that is not there, or not any more. */
export function requirePackages(connection: Connection, spec: NetworkSpec): void {
  const named = spec.channels.flatMap(({ contracts }) =>
    contracts.flatMap(({ package: digest, code }) => [digest ?? [], code ?? []].flat()),
  )
  for (const digest of new Set(named)) {
    if (!connection.first(queries.selectFrom('packages').select('digest').where('digest', '=', digest))) {
      throw new PlatformError('NOT_FOUND', { noun: 'package', id: digest })
    }
  }
}

function unusedPackages(reader: Connection, { keptBefore, keepNewest }: PackageRetention): string[] {
  const ranked = queries
    .selectFrom('packages')
    .select(['digest', 'created_at'])
    .select(sql<number>`row_number() over (partition by name order by created_at desc, digest desc)`.as('place'))
    .where('digest', 'not in', used)
    .where('created_at', '<', keptBefore)
    .as('ranked')
  return reader
    .all(queries.selectFrom(ranked).select('digest').where('place', '>', keepNewest))
    .map(({ digest }) => digest)
}
