import { decode } from '@cello/fabric/codec'
import { type ServerWritableStream, status } from '@grpc/grpc-js'
import { common, gateway, type orderer, peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import { eventsOf } from '../deliver/filtered-block.ts'
import { readBlockParts } from '../ledger/block-parts.ts'
import { askedChannel, type ChannelAccess } from './asked-channel.ts'
import { RpcError } from './rpc-error.ts'

export type EventStream = ServerWritableStream<gateway.SignedChaincodeEventsRequest, gateway.ChaincodeEventsResponse>

/** Sends a contract's events block by block until the client goes. @throws RpcError as Fabric's `ChaincodeEvents` */
export async function contractEvents(options: ChannelAccess, call: EventStream, signal: AbortSignal): Promise<void> {
  const request = read(call.request)
  const identity = request.getIdentity_asU8()
  const channel = askedChannel(options, {
    channel: request.getChannelId(),
    resource: 'gateway/ChaincodeEvents',
    by: { data: call.request.getRequest_asU8(), identity, signature: call.request.getSignature_asU8() },
  })
  const isWanted = matcherOf(request)
  for (let number = firstBlock(channel, request); ; number++) {
    while (number >= channel.height && channel.isReady && !signal.aborted) await channel.changed(signal)
    if (signal.aborted) return
    if (number >= channel.height) throw new RpcError(status.ABORTED, 'the peer stops')
    const events = validEvents(await channel.store.read(number)).filter(isWanted)
    if (events.length === 0) continue
    const response = new gateway.ChaincodeEventsResponse()
    response.setBlockNumber(number)
    response.setEventsList(events)
    await send(call, response)
  }
}

function read(signed: gateway.SignedChaincodeEventsRequest): gateway.ChaincodeEventsRequest {
  const bytes = signed.getRequest_asU8()
  if (bytes.length === 0) throw new RpcError(status.INVALID_ARGUMENT, 'a chaincode events request is required')
  try {
    return decode(gateway.ChaincodeEventsRequest, bytes)
  } catch {
    throw new RpcError(
      status.INVALID_ARGUMENT,
      'invalid chaincode events request: proto: cannot parse invalid wire-format data',
    )
  }
}

function firstBlock(channel: PeerChannel, request: gateway.ChaincodeEventsRequest): number {
  const after = request.getAfterTransactionId()
  const known = after === '' ? undefined : channel.state.transaction(after)
  return known ? known.block : placeOf(channel, request.getStartPosition())
}

function placeOf(channel: PeerChannel, position: orderer.SeekPosition | undefined): number {
  if (position?.hasSpecified()) return position.getSpecified()?.getNumber() ?? 0
  const wrong = position?.hasOldest() ? 'Oldest' : position?.hasNewest() ? 'Newest' : undefined
  if (wrong === undefined) return channel.height
  throw new RpcError(status.INVALID_ARGUMENT, `invalid start position type: *orderer.SeekPosition_${wrong}`)
}

/** The contract's own events; after a transaction: those behind it alone. */
function matcherOf(request: gateway.ChaincodeEventsRequest): (event: peer.ChaincodeEvent) => boolean {
  const contract = request.getChaincodeId()
  const after = request.getAfterTransactionId()
  let hasPassed = after === ''
  return (event) => {
    if (hasPassed) return event.getChaincodeId() === contract
    hasPassed = event.getTxId() === after
    return false
  }
}

/** Events of a block's valid transactions, in their order. */
function validEvents(block: Uint8Array): readonly peer.ChaincodeEvent[] {
  const { envelopes, metadata } = readBlockParts(block)
  const codes = metadata[common.BlockMetadataIndex.TRANSACTIONS_FILTER]
  return envelopes.flatMap((envelope, index) => {
    if (codes?.[index] !== peer.TxValidationCode.VALID) return []
    const payload = decode(common.Payload, decode(common.Envelope, envelope).getPayload_asU8())
    const header = payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array()
    const type = decode(common.ChannelHeader, header).getType()
    if (type !== common.HeaderType.ENDORSER_TRANSACTION) return []
    return eventsOf(payload.getData_asU8()).filter(isWhole)
  })
}

const isWhole = (event: peer.ChaincodeEvent): boolean =>
  event.getChaincodeId() !== '' && event.getEventName() !== '' && event.getTxId() !== ''

async function send(call: EventStream, response: gateway.ChaincodeEventsResponse): Promise<void> {
  if (call.cancelled || call.destroyed || call.write(response)) return
  await new Promise<void>((resolve) => {
    for (const event of ['drain', 'close', 'cancelled', 'error']) call.once(event, () => resolve())
  })
}
