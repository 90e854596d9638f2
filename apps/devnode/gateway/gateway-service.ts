/** The gRPC service `gateway.Gateway`. */
import { gateway } from '@hyperledger/fabric-protos'
import type { AccessControl } from '../access/access.ts'
import type { PeerChannels } from '../committing/peer-channel.ts'
import type { Endorser } from '../endorsement/endorser.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { Connections } from '../neighbours/connections.ts'
import type { Neighbours } from '../neighbours/neighbours.ts'
import type { GrpcService } from '../operations/grpc-listener.ts'

export interface GatewayOptions {
  readonly channels: PeerChannels
  /** Of this very peer, called without gRPC. */
  readonly endorser: Endorser
  readonly neighbours: Neighbours
  readonly lifecycle: Lifecycle
  readonly access: AccessControl
  readonly connections: Connections
  /** The peer's own contracts, which every peer has. */
  readonly systemContracts: ReadonlySet<string>
  /** `peer.gateway`. */
  readonly endorsementTimeoutMs: number
  readonly broadcastTimeoutMs: number
  /** `peer.deliveryclient.addressOverrides`, by the address in the channel config. */
  readonly addressOverrides: ReadonlyMap<string, OrdererOverride>
}

/** Where to dial an orderer instead. */
export interface OrdererOverride {
  readonly address: string
  /** PEM; none: those of the channel config. */
  readonly roots: readonly string[]
}

export function gatewayService(_options: GatewayOptions): GrpcService {
  return { definition: gateway.GatewayService, implementation: {} }
}
