/** The gRPC service `protos.Deliver` of a peer: blocks as they were committed, whole, filtered, or with private data. */
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import { common, peer } from '@hyperledger/fabric-protos'
import type { AccessControl } from '../access/access.ts'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { SignedData } from '../policies/signed-data.ts'
import { deliver } from './deliver.ts'
import { filteredBlock } from './filtered-block.ts'
import { blockAndPrivateData } from './private-blocks.ts'
import {
  clientHash,
  type DeliverStream,
  encodedResponses,
  frame,
  goneSignal,
  responseField,
  serve,
  statusFrame,
  write,
} from './stream.ts'

export interface PeerDeliverOptions {
  readonly channels: PeerChannels
  readonly access: AccessControl
  readonly lifecycle: Lifecycle
  /** Milliseconds that a request's own time may be off ours. */
  readonly timeWindowMs: number
  /** Clients must show a TLS certificate, so requests are bound to it. */
  readonly mutualTls: boolean
  readonly metrics?: Metrics
}

export const peerDeliverDefinition = {
  deliver: encodedResponses(peer.DeliverService.deliver),
  deliverFiltered: encodedResponses(peer.DeliverService.deliverFiltered),
  deliverWithPrivateData: encodedResponses(peer.DeliverService.deliverWithPrivateData),
} satisfies ServiceDefinition

export function peerDeliverService(options: PeerDeliverOptions): UntypedServiceImplementation {
  const { lifecycle } = options
  return {
    deliver: (call: DeliverStream) =>
      serveBlocks(call, options, {
        resource: 'event/Block',
        dataType: 'block',
        answer: (block) => frame(responseField.block, block),
      }),
    deliverFiltered: (call: DeliverStream) =>
      serveBlocks(call, options, { resource: 'event/FilteredBlock', dataType: 'filtered_block', answer: filtered }),
    deliverWithPrivateData: (call: DeliverStream) =>
      serveBlocks(call, options, {
        resource: 'event/Block',
        dataType: 'block_and_pvtdata',
        answer: (block, channel, signed) =>
          frame(responseField.blockAndPrivateData, blockAndPrivateData(block, { channel, signed, lifecycle })),
      }),
  }
}

interface Kind {
  /** What a reader's right to it is called in the channel's ACLs. */
  readonly resource: string
  readonly dataType: string
  /** The encoded `DeliverResponse` for a block. */
  readonly answer: (block: Uint8Array, channel: PeerChannel, signed: SignedData) => Buffer
}

function serveBlocks(call: DeliverStream, options: PeerDeliverOptions, kind: Kind): void {
  const { channels, access, timeWindowMs, mutualTls, metrics } = options
  const signal = goneSignal(call)
  serve(call, async (envelope) => {
    const status = await deliver(
      {
        channels,
        check: (channel, signed) => access.checkChannel(channel, kind.resource, signed),
        timeWindowMs,
        ignoreExpiry: false,
        ...(mutualTls ? { tlsBinding: { clientHash: clientHash(call) } } : {}),
        signal,
        async send(block, channel, signed) {
          await write(call, kind.answer(block, channel, signed))
          const { dataType } = kind
          const isFiltered = String(dataType === 'filtered_block')
          metrics?.add('deliver_blocks_sent', { channel: channel.name, data_type: dataType, filtered: isFiltered })
        },
      },
      envelope,
    )
    await write(call, statusFrame(status))
    return status
  })
}

/** As in Fabric, a block that cannot be filtered is a status of its own, and the next one follows. */
function filtered(block: Uint8Array): Buffer {
  let encoded: Uint8Array
  try {
    encoded = filteredBlock(block)
  } catch {
    return statusFrame(common.Status.BAD_REQUEST)
  }
  return frame(responseField.filteredBlock, encoded)
}
