/** The channels that a peer has joined, each with its blocks, its state and its private data. */
import { decode } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import { readChannelConfig } from '../config/channel-config.ts'
import { readBlockParts } from '../ledger/block-parts.ts'
import type { BlockStore, Ledgers } from '../ledger/block-store.ts'
import type { PrivateStore } from '../state/private-store.ts'
import type { WorldState } from '../state/world-state.ts'
import { readEnvelope } from '../validation/read-envelope.ts'
import type { PeerChannelOptions } from './channel-options.ts'
import { openPeerChannel } from './open-peer-channel.ts'
import type { PeerChannel, PeerChannels } from './peer-channel.ts'
import { codesOf, storedBlock } from './stored-block.ts'

export interface PeerChannelsOptions extends PeerChannelOptions {
  readonly ledgers: Ledgers
  /** A channel's state, empty where there was none or it was damaged: it is made again from the blocks. */
  readonly openState: (channel: string) => WorldState
  readonly openPrivate: (channel: string) => PrivateStore
}

export interface OpenPeerChannels extends PeerChannels, AsyncDisposable {
  /** Called for each channel that is joined from now on, before `join` resolves. @returns how to stop it */
  onJoin(listener: (channel: PeerChannel) => void): () => void
}

/** Opens all that is stored, and brings each state up to its blocks. @throws Error naming what is damaged */
export async function openPeerChannels(options: PeerChannelsOptions): Promise<OpenPeerChannels> {
  const channels = new Map<string, PeerChannel & AsyncDisposable>()
  const joining = new Set<string>()
  const listeners = new Set<(channel: PeerChannel) => void>()
  const open = async (name: string, store: BlockStore) => {
    const [state, privateData] = [options.openState(name), options.openPrivate(name)]
    const channel = await openPeerChannel(name, { store, state, privateData }, options)
    channels.set(name, channel)
    return channel
  }
  for (const [name, store] of await options.ledgers.open()) await open(name, store)
  return {
    get: (name) => channels.get(name),
    names: () => [...channels.keys()].sort(),
    async join(genesis) {
      const { name, block } = checkGenesis(genesis)
      if (channels.has(name) || joining.has(name)) {
        throw new Error(`cannot create ledger from genesis block: ledger [${name}] already exists with state [ACTIVE]`)
      }
      joining.add(name)
      try {
        const store = await options.ledgers.create(name, block)
        const channel = await open(name, store).catch(async (error: unknown) => {
          await options.ledgers.remove(name)
          throw error
        })
        for (const listener of listeners) listener(channel)
        return channel
      } finally {
        joining.delete(name)
      }
    },
    onJoin(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...channels.values()].map((channel) => channel[Symbol.asyncDispose]()))
      channels.clear()
    },
  }
}

/** A block to join by, as it will be stored: all of it is looked at before anything is written. @throws Error in Fabric's words */
function checkGenesis(genesis: Uint8Array): { readonly name: string; readonly block: Uint8Array } {
  const parts = readBlockParts(genesis)
  const [first] = parts.envelopes
  const read = readEnvelope(first ?? new Uint8Array())
  const name = read.channelHeader?.getChannelId()
  if (name === undefined) throw new Error('failed to retrieve channel id - block is empty')
  if (parts.number !== 0) {
    throw new Error(
      `cannot create ledger from genesis block: Expected block number=0, received block number=${parts.number}`,
    )
  }
  const data = read.payload?.getData_asU8() ?? new Uint8Array()
  const config = readChannelConfig(name, decode(common.ConfigEnvelope, data).getConfig())
  if (config.orderer.consensusType !== 'etcdraft') {
    throw new Error(`UNIMPLEMENTED: the devnode takes blocks of etcdraft alone, not of ${config.orderer.consensusType}`)
  }
  const stored = codesOf(parts.metadata)
  const codes = stored.length > 0 ? stored : Uint8Array.from(parts.envelopes, () => peer.TxValidationCode.VALID)
  return { name, block: storedBlock(genesis, parts.metadata, { codes }) }
}
