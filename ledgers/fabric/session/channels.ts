import { describeBlock, describeTransaction } from '@cello/fabric/blocks'
import { configFromBlock, readChannelConfig } from '@cello/fabric/config'
import { configBlockFromOrderer } from '@cello/fabric/ordering'
import { blockFromPeer, chainInfo, configBlockFromPeer, findTransaction } from '@cello/fabric/peers'
import { PlatformError } from '@cello/model'
import type { Cancellable, LedgerNode, ObservedChannel } from '@cello/ports'
import { toPlatformError, translated } from '../errors.ts'
import { observedConfig } from '../observed-config.ts'
import type { Connections } from './connections.ts'
import { type Asked, askAs, limitsOf } from './nodes.ts'
import { peersByHeight } from './peer-order.ts'

interface AnyPeerOptions extends Cancellable {
  readonly organization?: string | undefined
  /** The peer to begin with. */
  readonly first?: string | undefined
}

/**
 * Asks the channel's peers one after the other, those that have most of it first, until one answers.
 * @throws PlatformError of the last, or NODE_UNREACHABLE without any
 */
export async function askAnyPeer<T>(
  connections: Connections,
  channel: string,
  ask: (asked: Asked) => Promise<T>,
  options: AnyPeerOptions = {},
): Promise<T> {
  const { organization, first, signal } = options
  const byHeight = peersByHeight(connections, channel, organization)
  const isFirst = ({ record }: LedgerNode) => record.id === first
  const peers = [...byHeight.filter(isFirst), ...byHeight.filter((peer) => !isFirst(peer))]
  let last: unknown = new PlatformError('NODE_UNREACHABLE', {
    node: organization ?? connections.network.name,
    detail: 'no peer runs',
  })
  for (const { record } of peers) {
    try {
      return await ask(await askAs(connections, record.id))
    } catch (error) {
      signal?.throwIfAborted()
      last = error
    }
  }
  throw toPlatformError(last)
}

/** The newest config block that a peer has. */
export async function configBlockAtPeer(connections: Connections, channel: string, options: Cancellable = {}) {
  return askAnyPeer(
    connections,
    channel,
    ({ connection, signer }) => configBlockFromPeer(connection, signer, channel, limitsOf(options)),
    options,
  )
}

/** From an orderer, since peers only follow; from a peer where no orderer answers. */
async function configBlock(connections: Connections, channel: string, options: Cancellable) {
  try {
    return await configBlockAtOrderer(connections, channel, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    return configBlockAtPeer(connections, channel, options).catch(() => Promise.reject(error))
  }
}

/** The newest config block that the ordering service has, which is the one that updates must be made from. */
export async function configBlockAtOrderer(connections: Connections, channel: string, options: Cancellable = {}) {
  let last: unknown = new PlatformError('NODE_UNREACHABLE', { node: channel, detail: 'no orderer runs' })
  for (const { record } of connections.network.nodes.filter(
    ({ record: node }) => node.kind === 'orderer' && !node.removed,
  )) {
    try {
      const [connection, signer] = await Promise.all([
        connections.service(record.id),
        connections.admin(record.organization),
      ])
      return await configBlockFromOrderer(connection, signer, channel, limitsOf(options))
    } catch (error) {
      options.signal?.throwIfAborted()
      last = error
    }
  }
  throw toPlatformError(last)
}

export async function observeChannel(
  connections: Connections,
  channel: string,
  options: Cancellable = {},
): Promise<ObservedChannel> {
  const newest = await configBlock(connections, channel, options)
  const { height } = await chain(connections, channel, options).catch(() => ({ height: 0 }))
  return translated(async () => observedConfig(channel, readChannelConfig(configFromBlock(newest).config), height))
}

export async function chain(connections: Connections, channel: string, options: Cancellable = {}) {
  const info = await askAnyPeer(
    connections,
    channel,
    ({ connection, signer }) => chainInfo(connection, signer, channel, limitsOf(options)),
    options,
  )
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  return { height: info.height, currentHash: hex(info.currentHash), previousHash: hex(info.previousHash) }
}

export async function block(connections: Connections, channel: string, number: number, options: Cancellable = {}) {
  const key = { number }
  const ask = ({ connection, signer }: Asked) =>
    blockFromPeer(connection, signer, { channel, ...key }, limitsOf(options))
  return { ...describeBlock(await askAnyPeer(connections, channel, ask, options)) }
}

export async function transaction(connections: Connections, channel: string, txId: string, options: Cancellable = {}) {
  const found = await askAnyPeer(
    connections,
    channel,
    ({ connection, signer }) =>
      findTransaction(connection, signer, { channel, transactionId: txId }, limitsOf(options)),
    options,
  )
  if (!found) throw new PlatformError('NOT_FOUND', { noun: 'transaction', id: txId })
  return { ...describeTransaction(found.envelope.serializeBinary(), found.validationCode) }
}
