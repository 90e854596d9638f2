/** What an endorsed transaction says it did, and who endorsed it (Fabric's dispatcher, core/committer/txvalidator/v20). */

import { decode } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import type { SignedData } from '../policies/signed-data.ts'
import { decodeReadWriteSet, type NamespaceSet } from '../simulation/rwset.ts'
import type { CheckedEnvelope } from './check-envelope.ts'
import { Invalid, orInvalid } from './verdict.ts'

export interface EndorsedAction {
  /** The contract that was called. */
  readonly contract: string
  readonly sets: readonly NamespaceSet[]
  /** Encoded `peer.ChaincodeEvent`. */
  readonly event?: Uint8Array
  readonly endorsements: readonly SignedData[]
}

/** @throws Invalid in the order of Fabric's own checks */
export function readAction({ channelHeader, action }: CheckedEnvelope): EndorsedAction {
  const extension = orInvalid('BAD_HEADER_EXTENSION', '', () =>
    decode(peer.ChaincodeHeaderExtension, channelHeader.getExtension_asU8()),
  )
  const response = orInvalid('BAD_RESPONSE_PAYLOAD', 'GetActionFromEnvelope failed', () => chaincodeActionOf(action))
  const sets = orInvalid('BAD_RWSET', 'txRWSet.FromProtoBytes failed', () =>
    decodeReadWriteSet(response.getResults_asU8()),
  )
  const contract = checkContract(extension.getChaincodeId(), response.getChaincodeId())
  const event = checkEvent(response.getEvents_asU8(), contract)
  checkNamespaces(sets)
  return { contract, sets, endorsements: endorsementsOf(action), ...(event ? { event } : {}) }
}

/** Of the transaction's action. @throws Error with Fabric's sentence where a part is missing */
export function chaincodeActionOf(action: peer.ChaincodeActionPayload | undefined): peer.ChaincodeAction {
  const payload = action?.getAction()?.getProposalResponsePayload_asU8() ?? new Uint8Array()
  if (payload.length === 0) throw new Error('no payload in ChaincodeActionPayload')
  const extension = decode(peer.ProposalResponsePayload, payload).getExtension_asU8()
  if (extension.length === 0) throw new Error('response payload is missing extension')
  return decode(peer.ChaincodeAction, extension)
}

function checkContract(called: peer.ChaincodeID | undefined, answered: peer.ChaincodeID | undefined): string {
  if (!called) throw new Invalid('INVALID_OTHER_REASON', 'nil ChaincodeId in header extension')
  if (!answered) throw new Invalid('INVALID_OTHER_REASON', 'nil ChaincodeId in ChaincodeAction')
  const name = called.getName()
  if (name === '') throw new Invalid('INVALID_CHAINCODE', 'invalid chaincode ID')
  if (name !== answered.getName()) {
    throw new Invalid('INVALID_CHAINCODE', `inconsistent ccid info (${name}/${answered.getName()})`)
  }
  if (answered.getVersion() === '') throw new Invalid('INVALID_CHAINCODE', 'invalid chaincode version')
  return name
}

function checkEvent(encoded: Uint8Array, contract: string): Uint8Array | undefined {
  if (encoded.length === 0) return undefined
  const event = orInvalid('INVALID_OTHER_REASON', 'invalid chaincode event', () => decode(peer.ChaincodeEvent, encoded))
  if (event.getChaincodeId() === contract) return encoded
  throw new Invalid('INVALID_OTHER_REASON', 'chaincode event chaincode id does not match chaincode action chaincode id')
}

function checkNamespaces(sets: readonly NamespaceSet[]): void {
  const seen = new Set<string>()
  for (const { namespace } of sets) {
    if (seen.has(namespace)) throw new Invalid('ILLEGAL_WRITESET', `duplicate namespace '${namespace}' in txRWSet`)
    seen.add(namespace)
  }
}

/** An endorsement signs the proposal response and the endorser's own identity. */
function endorsementsOf(action: peer.ChaincodeActionPayload | undefined): SignedData[] {
  const endorsed = action?.getAction()
  const response = endorsed?.getProposalResponsePayload_asU8() ?? new Uint8Array()
  return (endorsed?.getEndorsementsList() ?? []).map((endorsement) => {
    const identity = endorsement.getEndorser_asU8()
    const signature = endorsement.getSignature_asU8()
    return { data: Buffer.concat([response, identity]), identity, signature }
  })
}
