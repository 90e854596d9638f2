import { peer } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { type BytesText, bytesText } from './bytes-text.ts'
import { describeIdentity, type IdentityRecord } from './identity.ts'
import { type LifecycleAct, lifecycleAct } from './lifecycle-act.ts'
import { describeAccess, type NamespaceAccess } from './read-write-set.ts'

/** One contract call in a transaction. Fabric allows exactly one. */
export interface ContractAction {
  readonly contract: string
  readonly version: string
  /** Function name and arguments. */
  readonly args: readonly BytesText[]
  readonly isInit: boolean
  readonly response: { readonly status: number; readonly message: string; readonly payload: BytesText }
  readonly event?: { readonly name: string; readonly payload: BytesText }
  readonly endorsers: readonly IdentityRecord[]
  readonly access: readonly NamespaceAccess[]
  /** Present where the contract is `_lifecycle`. */
  readonly lifecycle?: LifecycleAct
}

/** The calls in an encoded `peer.Transaction`. @param creatorMspId the organization of the transaction's creator */
export function describeActions(transaction: Uint8Array, creatorMspId: string): readonly ContractAction[] {
  return decode(peer.Transaction, transaction)
    .getActionsList()
    .map((action) => actionOf(decode(peer.ChaincodeActionPayload, action.getPayload_asU8()), creatorMspId))
}

function actionOf(payload: peer.ChaincodeActionPayload, creatorMspId: string): ContractAction {
  const endorsed = payload.getAction() ?? new peer.ChaincodeEndorsedAction()
  const response = decode(peer.ProposalResponsePayload, endorsed.getProposalResponsePayload_asU8())
  const result = decode(peer.ChaincodeAction, response.getExtension_asU8())
  const input = inputOf(payload)
  const args = input.getArgsList_asU8()
  const id = result.getChaincodeId() ?? new peer.ChaincodeID()
  const lifecycle = id.getName() === '_lifecycle' ? lifecycleAct(args, creatorMspId) : undefined
  return {
    contract: id.getName(),
    version: id.getVersion(),
    args: args.map(bytesText),
    isInit: input.getIsInit(),
    response: responseOf(result.getResponse() ?? new peer.Response()),
    ...eventOf(result),
    endorsers: endorsed.getEndorsementsList().map((one) => describeIdentity(one.getEndorser_asU8())),
    access: describeAccess(result.getResults_asU8()),
    ...(lifecycle ? { lifecycle } : {}),
  }
}

function responseOf(response: peer.Response): ContractAction['response'] {
  const payload = bytesText(response.getPayload_asU8())
  return { status: response.getStatus(), message: response.getMessage(), payload }
}

function eventOf(result: peer.ChaincodeAction): Pick<ContractAction, 'event'> {
  const event = decode(peer.ChaincodeEvent, result.getEvents_asU8())
  const name = event.getEventName()
  return name === '' ? {} : { event: { name, payload: bytesText(event.getPayload_asU8()) } }
}

function inputOf(payload: peer.ChaincodeActionPayload): peer.ChaincodeInput {
  const proposal = decode(peer.ChaincodeProposalPayload, payload.getChaincodeProposalPayload_asU8())
  const invocation = decode(peer.ChaincodeInvocationSpec, proposal.getInput_asU8())
  return invocation.getChaincodeSpec()?.getInput() ?? new peer.ChaincodeInput()
}
