/** The gRPC service `protos.Endorser`. */
import { type ServerUnaryCall, type sendUnaryData, status, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import { wordsOf } from '../contracts/words.ts'
import type { Endorser } from './endorser.ts'

export const endorserDefinition = peer.EndorserService

export function endorserService(endorser: Endorser): UntypedServiceImplementation {
  return {
    processProposal(
      call: ServerUnaryCall<peer.SignedProposal, peer.ProposalResponse>,
      callback: sendUnaryData<peer.ProposalResponse>,
    ) {
      const gone = new AbortController()
      const leave = () => gone.abort()
      call.once('cancelled', leave)
      endorser
        .process(call.request, gone.signal)
        .finally(() => call.off('cancelled', leave))
        .then(
          (response) => callback(null, response),
          (error: unknown) => callback({ code: status.UNKNOWN, details: wordsOf(error) }),
        )
    },
  }
}
