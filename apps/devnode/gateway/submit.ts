import { status } from '@grpc/grpc-js'
import { common, gateway, type orderer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import type { ChannelConfig } from '../config/channel-config.ts'
import { ordererPlaces } from '../discovery/config-result.ts'
import { type OrdererOverride, overrideFor } from '../following/orderer-endpoints.ts'
import { tlsRootsOf } from '../neighbours/connections.ts'
import { oncePer } from '../once-per.ts'
import type { BroadcastStreams } from './broadcast-streams.ts'
import type { Registry } from './registry.ts'
import { type Detail, goErrorText, RpcError } from './rpc-error.ts'

export interface SubmitOptions {
  readonly registry: Registry
  readonly broadcasts: BroadcastStreams
  readonly orderersOf: (channel: PeerChannel) => readonly OrdererAddress[]
}

export interface OrdererAddress {
  readonly address: string
  /** As errors name it. */
  readonly shown: string
  readonly mspId: string
  readonly roots: readonly string[]
}

/** Hands a transaction to an orderer. @throws RpcError as Fabric's `Submit` */
export async function submit(
  options: SubmitOptions,
  request: gateway.SubmitRequest,
  signal: AbortSignal,
): Promise<gateway.SubmitResponse> {
  const transaction = request.getPreparedTransaction()
  if (!transaction) throw new RpcError(status.INVALID_ARGUMENT, 'a prepared transaction is required')
  if (transaction.getSignature_asU8().length === 0) {
    throw new RpcError(status.INVALID_ARGUMENT, 'prepared transaction must be signed')
  }
  const channel = channelOf(options.registry, request.getChannelId())
  const orderers = options.orderersOf(channel)
  if (orderers.length === 0) throw new RpcError(status.UNAVAILABLE, 'no orderer nodes available')
  const send = async (one: OrdererAddress) => {
    try {
      return await options.broadcasts.send(one, transaction, signal)
    } catch (error) {
      // A kept connection may turn out to be gone. Should the orderer have taken it, a second copy does no harm.
      if (!isDropped(error)) throw error
      return options.broadcasts.send(one, transaction, signal)
    }
  }
  if (channel.config.orderer.consensusType === 'BFT') await sendToQuorum(orderers, send, signal)
  else await sendToOne(orderers, send, signal)
  return new gateway.SubmitResponse()
}

const isDropped = (error: unknown): boolean => error instanceof Error && error.message.endsWith('Connection dropped')

function channelOf(registry: Registry, name: string): PeerChannel {
  try {
    return registry.channel(name)
  } catch (error) {
    throw new RpcError(status.FAILED_PRECONDITION, error instanceof Error ? error.message : String(error))
  }
}

/** Where the orderers of channels are, found once for each config. */
export function ordererAddresses(overrides: readonly OrdererOverride[]): SubmitOptions['orderersOf'] {
  const known = oncePer((config: ChannelConfig) => addressesOf(config, overrides))
  return ({ config }) => known(config)
}

function addressesOf(config: ChannelConfig, overrides: readonly OrdererOverride[]): readonly OrdererAddress[] {
  return [...ordererPlaces(config)].flatMap(([mspId, places]) => {
    const roots = tlsRootsOf(config.memberships.get(mspId))
    return places.map(({ host, port }) => {
      const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
      const override = overrideFor(address, overrides)
      if (!override) return { address, shown: address, mspId, roots }
      const { to } = override
      return { address: to, shown: `${to} (mapped from ${address})`, mspId, roots: override.roots ?? roots }
    })
  })
}

type Send = (orderer: OrdererAddress) => Promise<orderer.BroadcastResponse>

const late = 'submit timeout expired while broadcasting to ordering service'

/** One after the other in any order, until one takes it or finds it at fault. */
async function sendToOne(orderers: readonly OrdererAddress[], send: Send, signal: AbortSignal): Promise<void> {
  const details: Detail[] = []
  for (const one of shuffled(orderers)) {
    let response: orderer.BroadcastResponse
    try {
      response = await send(one)
    } catch (error) {
      if (signal.aborted) throw new RpcError(status.DEADLINE_EXCEEDED, late)
      details.push(detailOf(one, error))
      continue
    }
    const number: number = response.getStatus()
    if (number === common.Status.SUCCESS) return
    if (number >= 400 && number < 500) throw new RpcError(status.ABORTED, refusalText(response))
  }
  throw new RpcError(status.UNAVAILABLE, 'no orderers could successfully process transaction', details)
}

/** To all at once; enough must take it that two such sets have an honest orderer in common. */
async function sendToQuorum(orderers: readonly OrdererAddress[], send: Send, signal: AbortSignal): Promise<void> {
  const faulty = Math.floor((orderers.length - 1) / 3)
  const quorum = Math.ceil((orderers.length + faulty + 1) / 2)
  const details: Detail[] = []
  let taken = 0
  await new Promise<void>((resolve) => {
    for (const one of orderers) {
      send(one)
        .then((response) => {
          if (isTaken(response)) taken++
          else details.push({ address: one.shown, mspId: one.mspId, message: refusalText(response) })
        })
        .catch((error: unknown) => details.push(detailOf(one, error)))
        .finally(() => {
          if (taken >= quorum || details.length > orderers.length - quorum) resolve()
        })
    }
  })
  if (taken >= quorum) return
  if (signal.aborted) throw new RpcError(status.DEADLINE_EXCEEDED, late)
  throw new RpcError(
    status.UNAVAILABLE,
    'insufficient number of orderers could successfully process transaction to satisfy quorum requirement',
    details,
  )
}

function isTaken(response: orderer.BroadcastResponse): boolean {
  const { SUCCESS, SERVICE_UNAVAILABLE } = common.Status
  if (response.getStatus() === SUCCESS) return true
  const has = response.getInfo() === 'failed to submit request: request already exists'
  return response.getStatus() === SERVICE_UNAVAILABLE && has
}

function refusalText(response: orderer.BroadcastResponse): string {
  const number = response.getStatus()
  const name = Object.entries(common.Status).find(([, value]) => value === number)?.[0] ?? ''
  return `received unsuccessful response from orderer: status=${name}, info=${response.getInfo()}`
}

function detailOf({ shown, mspId }: OrdererAddress, error: unknown): Detail {
  return { address: shown, mspId, message: goErrorText(error) }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item)
}
