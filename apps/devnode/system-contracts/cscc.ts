/** Fabric's contract `cscc`: joining channels, and what they are configured as (core/scc/cscc/configure.go). */
import { peer } from '@hyperledger/fabric-protos'
import type { AccessControl } from '../access/access.ts'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { Contract, Invocation } from '../contracts/contract.ts'
import { readBlockParts } from '../ledger/block-parts.ts'
import { lastConfigOf } from '../ordering/block-maker.ts'
import { answering, ContractRefusal, calledByClient, messageOf, signedDataOf } from './answers.ts'
import { readJoinBlock } from './join-block.ts'

export interface ChannelCalls {
  readonly channels: PeerChannels
  readonly access: AccessControl
}

type Call = (calls: ChannelCalls, argument: Uint8Array, invocation: Invocation) => Promise<Uint8Array> | Uint8Array

const functions: Readonly<Record<string, Call>> = {
  JoinChain: join,
  JoinChainBySnapshot: joinBySnapshot,
  JoinBySnapshotStatus: snapshotStatus,
  GetConfigBlock: configBlock,
  GetChannelConfig: channelConfig,
  GetChannels: joined,
}
const withoutArgument = new Set(['GetChannels', 'JoinBySnapshotStatus'])

export function cscc(calls: ChannelCalls): Contract {
  return answering((invocation) => {
    const { args } = invocation
    const name = textOf(args[0] ?? new Uint8Array())
    if (args.length < (withoutArgument.has(name) ? 1 : 2)) {
      throw new ContractRefusal(`Incorrect number of arguments, ${args.length}`)
    }
    const called = calledByClient(invocation)
    if (called !== 'cscc') {
      throw new ContractRefusal(`Rejecting invoke of CSCC from another chaincode, original invocation for '${called}'`)
    }
    const call = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (!call) throw new ContractRefusal(`Requested function ${name} not found.`)
    return call(calls, args[1] ?? new Uint8Array(), invocation)
  })
}

async function join(
  { channels, access }: ChannelCalls,
  block: Uint8Array,
  invocation: Invocation,
): Promise<Uint8Array> {
  const { channel } = readJoinBlock(block)
  try {
    access.checkLocal('cscc/JoinChain', signedDataOf(invocation))
  } catch (error) {
    throw new ContractRefusal(`access denied for [JoinChain][${channel}]: [${messageOf(error)}]`, { cause: error })
  }
  await channels.join(block)
  return new Uint8Array()
}

function joinBySnapshot({ access }: ChannelCalls, folder: Uint8Array, invocation: Invocation): never {
  if (folder.length === 0) throw new ContractRefusal('Cannot join the channel, no snapshot directory provided')
  try {
    access.checkLocal('cscc/JoinChainBySnapshot', signedDataOf(invocation))
  } catch (error) {
    throw new ContractRefusal(`access denied for [JoinChainBySnapshot]: [${messageOf(error)}]`, { cause: error })
  }
  throw new ContractRefusal('UNIMPLEMENTED: the devnode joins channels by their genesis block, not by a snapshot')
}

/** None is ever running. */
function snapshotStatus({ access }: ChannelCalls, _: Uint8Array, invocation: Invocation): Uint8Array {
  checkLocal(access, 'JoinBySnapshotStatus', invocation)
  return new peer.JoinBySnapshotStatus().serializeBinary()
}

async function configBlock(calls: ChannelCalls, name: Uint8Array, invocation: Invocation): Promise<Uint8Array> {
  const channelId = textOf(name)
  const channel = checkChannel(calls, 'GetConfigBlock', channelId, invocation)
  if (!channel) throw new ContractRefusal(`Unknown channel ID, ${channelId}`)
  const { store } = channel
  const { metadata } = readBlockParts(await store.read(store.height - 1))
  return store.read(lastConfigOf(metadata))
}

function channelConfig(calls: ChannelCalls, name: Uint8Array, invocation: Invocation): Uint8Array {
  const channelId = textOf(name)
  if (channelId === '') throw new ContractRefusal('empty channel name provided')
  const channel = checkChannel(calls, 'GetChannelConfig', channelId, invocation)
  if (!channel) throw new ContractRefusal(`unknown channel ID, ${channelId}`)
  return channel.config.config.serializeBinary()
}

function joined({ channels, access }: ChannelCalls, _: Uint8Array, invocation: Invocation): Uint8Array {
  checkLocal(access, 'GetChannels', invocation)
  const answer = new peer.ChannelQueryResponse()
  for (const name of channels.names()) {
    const info = new peer.ChannelInfo()
    info.setChannelId(name)
    answer.addChannels(info)
  }
  return answer.serializeBinary()
}

function checkLocal(access: AccessControl, name: string, invocation: Invocation): void {
  try {
    access.checkLocal(`cscc/${name}`, signedDataOf(invocation))
  } catch (error) {
    throw new ContractRefusal(`access denied for [${name}]: ${messageOf(error)}`, { cause: error })
  }
}

/** A channel that there is not has no policies, so that nobody is allowed to ask: as in Fabric, before it is told apart. */
function checkChannel(
  { channels, access }: ChannelCalls,
  name: string,
  channelId: string,
  invocation: Invocation,
): PeerChannel | undefined {
  const channel = channels.get(channelId)
  try {
    if (channel) access.checkChannel(channel, `cscc/${name}`, signedDataOf(invocation))
    else if (channelId === '') access.checkLocal(`cscc/${name}`, signedDataOf(invocation))
    else throw new Error(`Failed to get policy manager for channel [${channelId}]`)
  } catch (error) {
    throw new ContractRefusal(`access denied for [${name}][${channelId}]: ${messageOf(error)}`, { cause: error })
  }
  return channel
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}
