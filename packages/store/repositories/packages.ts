import { PlatformError } from '@cello/model'
import type { PackageRecord, PackageStore } from '@cello/ports'
import type { Connection } from '../connection.ts'
import { ageCursor, toPage } from '../cursor.ts'
import { queries } from '../queries.ts'
import { type Access, json, toJson, toJsonOrNull } from '../repository.ts'
import type { PackageRow } from '../tables.ts'
import { sweepPackages } from './package-use.ts'

export function packageRepository({ reader, writer }: Access): PackageStore {
  return {
    async keep(record) {
      return writer.write(({ connection }) => {
        connection.change(
          queries
            .insertInto('packages')
            .values(toRow(record))
            .onConflict((conflict) =>
              conflict
                .column('digest')
                .doUpdateSet({ created_at: record.createdAt })
                .where('packages.created_at', '<', record.createdAt),
            ),
        )
        const kept = readPackage(connection, record.digest)
        if (kept === undefined) throw new PlatformError('NOT_FOUND', { noun: 'package', id: record.digest })
        return kept
      })
    },
    async get(digest) {
      return readPackage(reader, digest)
    },
    async list({ limit, cursor }) {
      const after = ageCursor(cursor)
      const rows = reader.all(
        queries
          .selectFrom('packages')
          .selectAll()
          .$if(after !== undefined, (query) =>
            query.where((is) =>
              is(is.refTuple('created_at', 'digest'), '<', is.tuple(after?.at ?? 0, after?.id ?? '')),
            ),
          )
          .orderBy('created_at', 'desc')
          .orderBy('digest', 'desc')
          .limit(limit + 1),
      )
      return toPage(rows, limit, { key: (row) => [row.created_at, row.digest], map: toPackage })
    },
    async programs() {
      const rows = reader.all(queries.selectFrom('packages').select(['digest', 'modules']))
      return rows.flatMap(({ digest, modules }) => [digest, ...(modules === null ? [] : [json(modules).digest])])
    },
    sweep: (retention) => sweepPackages({ reader, writer }, retention),
  }
}

function readPackage(connection: Connection, digest: string): PackageRecord | undefined {
  const row = connection.first(queries.selectFrom('packages').selectAll().where('digest', '=', digest))
  return row && toPackage(row)
}

function toPackage(row: PackageRow): PackageRecord {
  return {
    digest: row.digest,
    name: row.name,
    version: row.version,
    language: row.language,
    entry: row.entry,
    bytes: row.bytes,
    createdAt: row.created_at,
    metadata: json(row.metadata),
    ...(row.modules === null ? {} : { modules: json(row.modules) }),
  }
}

function toRow(record: PackageRecord): PackageRow {
  return {
    digest: record.digest,
    name: record.name,
    version: record.version,
    language: record.language,
    entry: record.entry,
    bytes: record.bytes,
    metadata: toJson(record.metadata),
    created_at: record.createdAt,
    modules: toJsonOrNull(record.modules),
  }
}
