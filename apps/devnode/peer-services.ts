import { peerDeliverDefinition, peerDeliverService } from './deliver/peer-deliver.ts'
import { discoveryService } from './discovery/discovery-service.ts'
import { endorserDefinition, endorserService } from './endorsement/endorser-service.ts'
import { gatewayService } from './gateway/gateway-service.ts'
import { gossipService } from './neighbours/gossip.ts'
import type { GrpcService } from './operations/grpc-listener.ts'
import type { PeerParts } from './peer-parts.ts'

/** What a peer serves at its address. As in Fabric, discovery and gateway are there only where the settings say so. */
export function peerServices(parts: PeerParts): readonly GrpcService[] {
  const { settings, channels, access, lifecycle, metrics, endorser } = parts
  const { timeWindowMs, tls, discovery, gateway } = settings
  const mutualTls = tls.enabled && tls.clientAuthRequired
  const deliver = peerDeliverService({ channels, access, lifecycle, timeWindowMs, mutualTls, metrics })
  return [
    { definition: endorserDefinition, implementation: endorserService(endorser) },
    { definition: peerDeliverDefinition, implementation: deliver },
    parts.neighbours.service,
    gossipService,
    ...(discovery.enabled ? [discoveryService({ ...parts, membersMayAsk: discovery.membersMayAsk, mutualTls })] : []),
    ...(gateway.enabled ? [gatewayService({ ...parts, ...gateway })] : []),
  ]
}
