import { type Connection, FabricError, type Signer, waitUntilConnected } from '@cello/fabric'
import { installPackage as install, installedPackages } from '@cello/fabric/lifecycle'
import { consensusOf, readMetrics } from '@cello/fabric/ordering'
import { joinPeer as askJoin, chainInfo, discoverPeers, peerChannels } from '@cello/fabric/peers'
import { PlatformError } from '@cello/model'
import type { Cancellable, ContractPackage, LedgerNode, ObservedOrderer, ObservedPeer } from '@cello/ports'
import { nodeById, oldestPeer, serviceAddress } from '../channel-definition.ts'
import { isDone, translated } from '../errors.ts'
import type { Connections } from './connections.ts'

/** One question to one node: milliseconds. */
const askMs = 5_000
/** Milliseconds that a peer which is starting is waited for before a call: to call it again and again costs more than to wait. */
const connectMs = 400

export interface Asked {
  readonly nodeId: string
  readonly connection: Connection
  readonly signer: Signer
}

/** A peer's connection with its organization's administrator. */
export async function askAs(connections: Connections, nodeId: string): Promise<Asked> {
  const { organization } = nodeById(connections.network, nodeId).record
  const [connection, signer] = await Promise.all([connections.service(nodeId), connections.admin(organization)])
  return { nodeId, connection, signer }
}

/** @throws FabricError UNREACHABLE when it does not answer soon */
async function askWhenUp(connections: Connections, nodeId: string, { signal }: Cancellable): Promise<Asked> {
  const asked = await askAs(connections, nodeId)
  await waitUntilConnected(asked.connection, { timeoutMs: connectMs, ...(signal && { signal }) })
  return asked
}

export function observeOrderer(
  connections: Connections,
  nodeId: string,
  options: Cancellable = {},
): Promise<ObservedOrderer> {
  const limits = limitsOf(options)
  return translated(
    async () => {
      const participation = await connections.participation(nodeId)
      const consensus = { ...limits, prefix: 'consensus_' }
      const [names, samples] = await Promise.all([
        participation.list(limits),
        // Without its metrics page an orderer still orders: who leads is then unknown.
        connections
          .operations(nodeId)
          .then((page) => readMetrics(page, consensus))
          .catch(() => undefined),
      ])
      const channels = await Promise.all(
        names.map(async (name) => {
          const { height, status, consensusRelation } = await participation.show(name, limits)
          const leads = samples ? (consensusOf(samples, name)?.isLeader ?? false) : ('unknown' as const)
          return { name, height, status, relation: consensusRelation, leads }
        }),
      )
      return { ready: true, channels }
    },
    whereOf(connections, nodeId),
    options.signal,
  )
}

export function observePeer(
  connections: Connections,
  nodeId: string,
  options: Cancellable = {},
): Promise<ObservedPeer> {
  const limits = limitsOf(options)
  connections.heights.note(nodeId, undefined)
  return translated(
    async () => {
      const { connection, signer } = await askAs(connections, nodeId)
      const [names, packages] = await Promise.all([
        peerChannels(connection, signer, limits),
        installedPackages(connection, signer, limits),
      ])
      const channels = await Promise.all(
        names.map(async (name) => ({ name, height: (await chainInfo(connection, signer, name, limits)).height })),
      )
      connections.heights.note(nodeId, channels)
      return { ready: true, channels, packages: packages.map(({ packageId }) => packageId) }
    },
    whereOf(connections, nodeId),
    options.signal,
  )
}

export async function observeHeight(
  connections: Connections,
  nodeId: string,
  channel: string,
  options: Cancellable = {},
): Promise<number | undefined> {
  const { record } = nodeById(connections.network, nodeId)
  const ask = record.kind === 'orderer' ? ordererHeight : peerHeight
  return translated(
    () => ask(connections, nodeId, channel, options).catch(undefinedWhereNotJoined),
    whereOf(connections, nodeId),
    options.signal,
  )
}

async function ordererHeight(connections: Connections, nodeId: string, channel: string, options: Cancellable) {
  const participation = await connections.participation(nodeId)
  return (await participation.show(channel, limitsOf(options))).height
}

async function peerHeight(connections: Connections, nodeId: string, channel: string, options: Cancellable) {
  const { connection, signer } = await askAs(connections, nodeId)
  const { height } = await chainInfo(connection, signer, channel, limitsOf(options))
  connections.heights.noteAtLeast(nodeId, channel, height)
  return height
}

function undefinedWhereNotJoined(error: unknown): undefined {
  if (error instanceof FabricError && error.code === 'NOT_FOUND') return undefined
  throw error
}

export function joinOrderer(
  connections: Connections,
  nodeId: string,
  genesis: Uint8Array,
  options: Cancellable = {},
): Promise<void> {
  return doneOnce(connections, nodeId, options, async () => {
    await (await connections.participation(nodeId)).join(genesis, limitsOf(options))
  })
}

export function leaveOrderer(
  connections: Connections,
  nodeId: string,
  channel: string,
  options: Cancellable = {},
): Promise<void> {
  return doneOnce(connections, nodeId, options, async () => {
    await (await connections.participation(nodeId)).remove(channel, limitsOf(options))
  })
}

export function joinPeer(
  connections: Connections,
  nodeId: string,
  genesis: Uint8Array,
  options: Cancellable = {},
): Promise<void> {
  return doneOnce(connections, nodeId, options, async () => {
    const { connection, signer } = await askWhenUp(connections, nodeId, options)
    const join = () => askJoin(connection, signer, genesis, { ...limitsOf(options), timeoutMs: 20_000 })
    const { network, firstJoins } = connections
    const { organization } = nodeById(network, nodeId).record
    await (oldestPeer(network, organization)?.record.id === nodeId ? firstJoins.inTurn(join) : join())
  })
}

export function installPackage(
  connections: Connections,
  nodeId: string,
  made: ContractPackage,
  options: Cancellable = {},
): Promise<void> {
  return doneOnce(connections, nodeId, options, async () => {
    const { connection, signer } = await askWhenUp(connections, nodeId, options)
    // The peer builds it at once, and answers when it is built.
    const installed = await install(connection, signer, made.bytes, { ...limitsOf(options), timeoutMs: 60_000 })
    if (installed === made.id) return
    throw new PlatformError('LEDGER_PROTOCOL', { detail: `the peer calls the package ${installed}, not ${made.id}` })
  })
}

/** Ids of the peers that each peer of the channel sees, itself included. A peer that is not of the channel yet sees none. */
export async function observeDiscovery(
  connections: Connections,
  channel: string,
  options: Cancellable = {},
): Promise<ReadonlyMap<string, readonly string[]>> {
  const peers = connections.network.nodes.filter(({ record }) => isRunningPeer(record))
  const byAddress = new Map(peers.map((node) => [serviceAddress(node), node.record.id]))
  const seen = await Promise.all(
    peers.map(async ({ record }) => {
      const { connection, signer } = await askAs(connections, record.id)
      const found = await discoverPeers(connection, signer, channel, limitsOf(options)).catch(() => [])
      return [record.id, found.flatMap(({ endpoint }) => byAddress.get(endpoint) ?? [])] as const
    }),
  )
  return new Map(seen)
}

export function isRunningPeer(record: LedgerNode['record']): boolean {
  return record.kind === 'peer' && record.power === 'running' && !record.removed
}

export function limitsOf({ signal }: Cancellable) {
  return { timeoutMs: askMs, ...(signal && { signal }) }
}

async function doneOnce(
  connections: Connections,
  nodeId: string,
  options: Cancellable,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (isDone(error)) return
    await translated(() => Promise.reject(error), whereOf(connections, nodeId), options.signal)
  }
}

function whereOf(connections: Connections, nodeId: string) {
  const { record } = nodeById(connections.network, nodeId)
  return { node: `${record.organization}/${record.name}` }
}
