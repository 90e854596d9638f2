/** The gRPC service `protos.Endorser`. */
import { type ServerUnaryCall, type sendUnaryData, status, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import type { Endorser } from './endorser.ts'

export const endorserDefinition = peer.EndorserService

export interface EndorserServiceOptions {
  /** Proposals at a time (`peer.limits.concurrency.endorserService`); 0: any number. */
  readonly concurrency: number
}

export function endorserService(
  endorser: Endorser,
  { concurrency }: EndorserServiceOptions = { concurrency: 0 },
): UntypedServiceImplementation {
  let running = 0
  return {
    processProposal(
      call: ServerUnaryCall<peer.SignedProposal, peer.ProposalResponse>,
      callback: sendUnaryData<peer.ProposalResponse>,
    ) {
      const refuse = (details: string) => callback({ code: status.UNKNOWN, details })
      if (concurrency > 0 && running >= concurrency) {
        refuse(`too many requests for /protos.Endorser, exceeding concurrency limit (${concurrency})`)
        return
      }
      running++
      const gone = new AbortController()
      call.once('cancelled', () => gone.abort())
      endorser
        .process(call.request, gone.signal)
        .then((response) => callback(null, response))
        .catch((error: unknown) => refuse(error instanceof Error ? error.message : String(error)))
        .finally(() => running--)
    },
  }
}
