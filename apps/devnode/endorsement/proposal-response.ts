/** The answer to a proposal, signed or not, as core/endorser/endorser.go builds it. */
import { peer } from '@hyperledger/fabric-protos'
import type { LocalSigner } from '../msp/local-msp.ts'

/** Statuses of contracts from here on are failures: they are not endorsed (fabric-chaincode-go, `ERRORTHRESHOLD`). */
export const failureStatus = 400
/** From here on the answer tells what the contract did all the same (`ERROR`). */
const errorStatus = 500

export interface Simulated {
  readonly response: peer.Response
  readonly event?: peer.ChaincodeEvent
  /** Absent where there was no simulation. */
  readonly results?: Uint8Array
  readonly interest?: peer.ChaincodeInterest
}

export interface ResponseOptions {
  readonly proposalHash: Uint8Array
  readonly channel: string
  readonly contract: string
  readonly version: string
  readonly signer: LocalSigner
}

export function proposalResponse(simulated: Simulated, options: ResponseOptions): peer.ProposalResponse {
  const { response, interest } = simulated
  const answer = new peer.ProposalResponse()
  answer.setResponse(response)
  const status = response.getStatus()
  if (status < errorStatus && (options.channel === '' || status >= failureStatus)) return answer
  const payload = responsePayload(simulated, options)
  answer.setPayload(payload)
  if (interest) answer.setInterest(interest)
  if (status >= errorStatus) return answer
  answer.setVersion(1)
  answer.setEndorsement(endorse(payload, options.signer))
  return answer
}

/** What failed before or in running. */
export function failedResponse(message: string): peer.ProposalResponse {
  const answer = new peer.ProposalResponse()
  const response = new peer.Response()
  response.setStatus(errorStatus)
  response.setMessage(message)
  answer.setResponse(response)
  return answer
}

function responsePayload(simulated: Simulated, options: ResponseOptions): Uint8Array {
  const id = new peer.ChaincodeID()
  id.setName(options.contract)
  id.setVersion(options.version)
  const action = new peer.ChaincodeAction()
  if (simulated.results) action.setResults(simulated.results)
  if (simulated.event) action.setEvents(simulated.event.serializeBinary())
  action.setResponse(simulated.response)
  action.setChaincodeId(id)
  const payload = new peer.ProposalResponsePayload()
  payload.setProposalHash(options.proposalHash)
  payload.setExtension$(action.serializeBinary())
  return payload.serializeBinary()
}

function endorse(payload: Uint8Array, signer: LocalSigner): peer.Endorsement {
  const endorsement = new peer.Endorsement()
  endorsement.setEndorser(signer.serialized)
  endorsement.setSignature(signer.sign(Buffer.concat([payload, signer.serialized])))
  return endorsement
}
