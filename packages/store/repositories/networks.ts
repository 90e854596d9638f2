import { PlatformError } from '@cello/model'
import type { NetworkStore } from '@cello/ports'
import { queries } from '../queries.ts'
import { type Access, json } from '../repository.ts'
import { changeNetwork, forgetNetwork, markObserved } from './network-changes.ts'
import { insertNetwork, listNetworks, readNetwork } from './network-rows.ts'
import { forgetNode } from './node-removal.ts'
import { insertNode } from './nodes.ts'
import { insertOperation } from './operation-journal.ts'
import { requirePackages } from './package-use.ts'

export function networkRepository({ reader, writer }: Access): NetworkStore {
  return {
    create: (network, operation) =>
      writer.write((scope) => {
        insertNetwork(scope.connection, network)
        requirePackages(scope.connection, network.spec)
        for (const node of network.nodes) insertNode(scope.connection, node)
        insertOperation(scope, operation, network)
      }),
    change: (change) =>
      writer.write((scope) => {
        const superseded = changeNetwork(scope, change)
        const network = readNetwork(scope.connection, change.networkId)
        if (network === undefined) throw new PlatformError('NOT_FOUND', { noun: 'network', id: change.networkId })
        return { network, superseded }
      }),
    async get(id) {
      return readNetwork(reader, id)
    },
    async byName(name) {
      const row = reader.first(queries.selectFrom('networks').select('id').where('name', '=', name))
      return row && readNetwork(reader, row.id)
    },
    async list(page) {
      return listNetworks(reader, page)
    },
    async ids() {
      return reader.all(queries.selectFrom('networks').select('id').orderBy('id')).map((row) => row.id)
    },
    async programs() {
      const rows = reader.all(queries.selectFrom('networks').select('runtime').distinct())
      return rows.flatMap(({ runtime }) => Object.values(json(runtime).programs).map(({ digest }) => digest))
    },
    observed: (networkId, generation, at, fence) =>
      writer.write((scope) => markObserved(scope, { networkId, generation, at, fence })),
    forgetNode: (nodeId, fence) => writer.write(({ connection }) => forgetNode(connection, nodeId, fence)),
    forget: (networkId, at, fence) => writer.write((scope) => forgetNetwork(scope, { networkId, at, fence })),
  }
}
