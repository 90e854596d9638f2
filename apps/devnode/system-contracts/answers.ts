/** How the peer's own contracts answer, as fabric-shim does. */
import { decode } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import type { Contract, Invocation, Outcome } from '../contracts/contract.ts'
import type { SignedData } from '../policies/signed-data.ts'

/** A refusal of a contract of the peer: its message is all that the client sees. */
export class ContractRefusal extends Error {
  readonly status: number

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options)
    this.status = options.status ?? 500
  }
}

/** A contract of which every error is an answer with a status. @param answer the payload of an answer with status 200 */
export function answering(answer: (invocation: Invocation) => Promise<Uint8Array> | Uint8Array): Contract {
  return {
    async invoke(invocation) {
      try {
        return outcome(200, '', await answer(invocation))
      } catch (error) {
        const status = error instanceof ContractRefusal ? error.status : 500
        return outcome(status, messageOf(error), new Uint8Array())
      }
    },
  }
}

/** The proposal's signature, for access control. */
export function signedDataOf({ signedProposal, creator }: Invocation): SignedData {
  return {
    data: signedProposal.getProposalBytes_asU8(),
    identity: creator,
    signature: signedProposal.getSignature_asU8(),
  }
}

/** The contract that the client called: another one when this call came from a contract. */
export function calledByClient({ signedProposal }: Invocation): string {
  const proposal = decode(peer.Proposal, signedProposal.getProposalBytes_asU8())
  const payload = decode(peer.ChaincodeProposalPayload, proposal.getPayload_asU8())
  const spec = decode(peer.ChaincodeInvocationSpec, payload.getInput_asU8()).getChaincodeSpec()
  return spec?.getChaincodeId()?.getName() ?? ''
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function outcome(status: number, message: string, payload: Uint8Array): Outcome {
  const response = new peer.Response()
  response.setStatus(status)
  response.setMessage(message)
  response.setPayload(payload)
  return { response }
}
