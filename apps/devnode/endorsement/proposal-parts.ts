/** The parts of a proposal, each decoded once: filters, the endorser, its metrics and the gateway all look at them. */
import { common, peer } from '@hyperledger/fabric-protos'
import { oncePer } from '../once-per.ts'
import { unmarshal } from './unmarshal.ts'

/** Each @throws Error in Fabric's words where it cannot be read. Nobody changes what is given here. */
export interface ProposalParts {
  readonly proposal: () => peer.Proposal
  readonly header: () => common.Header
  readonly channelHeader: () => common.ChannelHeader
  readonly signatureHeader: () => common.SignatureHeader
  readonly payload: () => peer.ChaincodeProposalPayload
  /** What is called, with its arguments. */
  readonly invocation: () => peer.ChaincodeInvocationSpec
}

export function partsOf(signed: peer.SignedProposal): ProposalParts {
  return partsIn(signed.getProposalBytes_asU8())
}

const partsIn = oncePer((bytes: Uint8Array): ProposalParts => {
  const proposal = once(() => unmarshal(peer.Proposal, 'Proposal', bytes))
  const header = once(() => unmarshal(common.Header, 'Header', proposal().getHeader_asU8()))
  const payload = once(() =>
    unmarshal(peer.ChaincodeProposalPayload, 'ChaincodeProposalPayload', proposal().getPayload_asU8()),
  )
  return {
    proposal,
    header,
    payload,
    invocation: once(() =>
      unmarshal(peer.ChaincodeInvocationSpec, 'ChaincodeInvocationSpec', payload().getInput_asU8()),
    ),
    channelHeader: once(() => unmarshal(common.ChannelHeader, 'ChannelHeader', header().getChannelHeader_asU8())),
    signatureHeader: once(() =>
      unmarshal(common.SignatureHeader, 'SignatureHeader', header().getSignatureHeader_asU8()),
    ),
  }
})

/** What fails is tried again. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
