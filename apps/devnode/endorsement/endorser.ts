import type { peer } from '@hyperledger/fabric-protos'

/** The endorser: also called by the gateway of this very peer. */
export interface Endorser {
  /** Never throws: what is refused is a response with a status of 500 and Fabric's sentence. */
  process(proposal: peer.SignedProposal, signal: AbortSignal): Promise<peer.ProposalResponse>
}
