import { decode } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import type { Endorser } from '../endorsement/endorser.ts'
import { partsOf } from '../endorsement/proposal-parts.ts'
import type { Metrics } from './metrics.ts'

/** The endorser, with the time that each proposal takes (core/endorser/metrics.go; it counts the rest itself). */
export function timedEndorser(endorser: Endorser, metrics: Metrics): Endorser {
  return {
    async process(signed, signal) {
      const began = performance.now()
      let isGood = false
      const target = targetOf(signed)
      try {
        const response = await endorser.process(signed, signal)
        // What concerns no channel is never endorsed.
        isGood = response.hasEndorsement() || (target.channel === '' && isAnswer(response))
        return response
      } finally {
        const labels = { ...target, success: String(isGood) }
        metrics.observe('endorser_proposal_duration', labels, (performance.now() - began) / 1_000)
      }
    },
  }
}

const isAnswer = (response: peer.ProposalResponse): boolean => response.getResponse()?.getStatus() === 200

/** What a proposal is for; empty where it cannot be read. */
function targetOf(signed: peer.SignedProposal): { readonly channel: string; readonly chaincode: string } {
  try {
    const header = partsOf(signed).channelHeader()
    const extension = decode(peer.ChaincodeHeaderExtension, header.getExtension_asU8())
    return { channel: header.getChannelId(), chaincode: extension.getChaincodeId()?.getName() ?? '' }
  } catch {
    return { channel: '', chaincode: '' }
  }
}
