import type { peer } from '@hyperledger/fabric-protos'

/** The endorser: also called by the gateway of this very peer. */
export interface Endorser {
  /**
   * Checks, runs and signs. What fails in running is a response with status 500 and Fabric's sentence, without an
   * endorsement; a contract's own failure is its response, likewise without.
   * @throws ProposalRefused where Fabric ends the call with a gRPC error (UNKNOWN): the proposal itself is at fault
   */
  process(proposal: peer.SignedProposal, signal: AbortSignal): Promise<peer.ProposalResponse>
}

/** The proposal itself is at fault: unreadable, expired, badly signed, a duplicate, or not allowed. */
export class ProposalRefused extends Error {}

/** Refused by a filter before the endorser saw it: Fabric's gateway takes that for a peer that cannot be reached. */
export class ProposalFiltered extends ProposalRefused {}
