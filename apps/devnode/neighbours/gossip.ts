/** Fabric's gossip, which the devnode does not speak. */
import { type ServerDuplexStream, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import { gossip } from '@hyperledger/fabric-protos'
import type { GrpcService } from '../operations/grpc-listener.ts'

const refusal = {
  code: status.UNIMPLEMENTED,
  details: 'UNIMPLEMENTED: the devnode does not speak gossip: its peers find each other by a service of their own',
}

export const gossipService: GrpcService = {
  definition: gossip.GossipService,
  implementation: {
    gossipStream: (call: ServerDuplexStream<gossip.Envelope, gossip.Envelope>) => void call.emit('error', refusal),
    ping: (_call: ServerUnaryCall<gossip.Empty, gossip.Empty>, answer: sendUnaryData<gossip.Empty>) => answer(refusal),
  },
}
