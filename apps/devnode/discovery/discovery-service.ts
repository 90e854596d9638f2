/** The gRPC service `discovery.Discovery`. */
import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import { discovery } from '@hyperledger/fabric-protos'
import type { PeerChannels } from '../committing/peer-channel.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { Membership } from '../msp/membership.ts'
import type { Neighbours } from '../neighbours/neighbours.ts'
import type { GrpcService } from '../operations/grpc-listener.ts'

export interface DiscoveryOptions {
  readonly channels: PeerChannels
  readonly neighbours: Neighbours
  readonly lifecycle: Lifecycle
  readonly localMsp: Membership
  /** `peer.discovery.orgMembersAllowedAccess`: members of the peer's organization may ask for what concerns no channel, not its administrators alone. */
  readonly membersMayAsk: boolean
  /** Clients must show a TLS certificate, so requests are bound to it. */
  readonly mutualTls: boolean
}

export function discoveryService(_options: DiscoveryOptions): GrpcService {
  return {
    definition: discovery.DiscoveryService,
    implementation: {
      discover(
        _call: ServerUnaryCall<discovery.SignedRequest, discovery.Response>,
        answer: sendUnaryData<discovery.Response>,
      ) {
        answer({ code: status.UNIMPLEMENTED, details: 'not yet' })
      },
    },
  }
}
