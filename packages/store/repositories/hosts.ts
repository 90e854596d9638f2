import { PlatformError } from '@cello/model'
import type { HostRecord, HostStore } from '@cello/ports'
import { checkFence, fenceHolds } from '../fence.ts'
import { queries } from '../queries.ts'
import { type Access, absent, json, toJson } from '../repository.ts'
import type { HostRow } from '../tables.ts'

export function hostRepository({ reader, writer }: Access): HostStore {
  return {
    async list() {
      return reader.all(queries.selectFrom('hosts').selectAll().orderBy('name')).map(toHost)
    },
    async get(id) {
      const row = reader.first(queries.selectFrom('hosts').selectAll().where('id', '=', id))
      return row && toHost(row)
    },
    async byName(name) {
      const row = reader.first(queries.selectFrom('hosts').selectAll().where('name', '=', name))
      return row && toHost(row)
    },
    async ensure(host) {
      const there = reader.first(queries.selectFrom('hosts').selectAll().where('name', '=', host.name))
      if (there !== undefined) return toHost(there)
      return writer.write(({ connection }) => {
        connection.change(
          queries
            .insertInto('hosts')
            .values(toRow(host))
            .onConflict((conflict) => conflict.column('name').doNothing()),
        )
        const row = connection.first(queries.selectFrom('hosts').selectAll().where('name', '=', host.name))
        if (row === undefined) throw new PlatformError('NOT_FOUND', { noun: 'host', id: host.name })
        return toHost(row)
      })
    },
    async setFabricVersion(id, version, fence) {
      await writer.write(({ connection }) => {
        const changed = connection.change(
          queries
            .updateTable('hosts')
            .set({ fabric_version: version ?? null })
            .where('id', '=', id)
            .where(fenceHolds(fence)),
        )
        if (changed > 0) return
        checkFence(connection, fence, `host/${id}`)
        throw new PlatformError('NOT_FOUND', { noun: 'host', id })
      })
    },
    async ports(hostId) {
      return new Set(
        reader.all(queries.selectFrom('ports').select('port').where('host_id', '=', hostId)).map((row) => row.port),
      )
    },
  }
}

function toHost(row: HostRow): HostRecord {
  return {
    id: row.id,
    name: row.name,
    driver: row.driver,
    settings: json(row.settings),
    fabricVersion: absent(row.fabric_version),
    createdAt: row.created_at,
  }
}

function toRow(host: HostRecord): HostRow {
  return {
    id: host.id,
    name: host.name,
    driver: host.driver,
    settings: toJson(host.settings),
    fabric_version: host.fabricVersion ?? null,
    created_at: host.createdAt,
  }
}
