import { connect, type Gateway as FabricGateway, hash, type Network } from '@hyperledger/fabric-gateway'
import { gateway as protos } from '@hyperledger/fabric-protos'
import { utf8 } from '../codec/bytes.ts'
import { decode } from '../codec/decode.ts'
import type { Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { factsOf } from '../limits.ts'
import type { SignedTransaction } from '../peers/endorsement.ts'
import type { Signer } from '../signer.ts'
import { limited } from './abortable.ts'
import type { Commit } from './commit.ts'
import { type SubmitOptions, submitAndWait } from './submit.ts'

/** A call of a contract's transaction. */
export interface ContractCall {
  readonly channel: string
  readonly contract: string
  /** Function name, with the class before it where a contract has several: `Assets:transfer`. */
  readonly name: string
  readonly args?: readonly (string | Uint8Array)[]
  /** Seen by endorsing peers, never recorded. */
  readonly transient?: Readonly<Record<string, Uint8Array>>
  /** MSP ids of the organizations that shall endorse; default: those that discovery finds necessary. */
  readonly organizations?: readonly string[]
}

/** Endorsed and signed, with what the contract answered. Keep it before submitting; `resume` can then finish it. */
export interface EndorsedTransaction extends SignedTransaction {
  readonly result: Uint8Array
}

/** One identity at one peer's gateway. The connection stays its owner's; a gateway itself holds nothing to close. */
export interface Gateway {
  readonly connection: Connection
  readonly signer: Signer
  /** Runs without ordering. @returns the contract's answer. @throws FabricError INVALID for the contract's own refusal */
  evaluate(call: ContractCall, options?: CallOptions): Promise<Uint8Array>
  /** Collects endorsements and signs. Nothing is ordered yet. @throws FabricError NOT_READY, INVALID, CONFLICT, DENIED */
  endorse(call: ContractCall, options?: CallOptions): Promise<EndorsedTransaction>
  /**
   * Endorses, submits and waits for VALID. `journal` is awaited with the signed transaction before it is sent.
   * @throws FabricError as `endorse` and `submitAndWait`; COMMIT_FAILED carries the validation code as its status
   */
  invoke(call: ContractCall, options?: InvokeOptions): Promise<{ readonly result: Uint8Array; readonly commit: Commit }>
  /** The official library's view of a channel, on the same connection and signer. */
  network(channel: string): Network
}

export interface InvokeOptions extends SubmitOptions {
  readonly journal?: (transaction: EndorsedTransaction) => void | Promise<void>
}

/** A gateway on an open connection. Signatures come from `signer`, over whole messages (it hashes by itself). */
export function openGateway(connection: Connection, signer: Signer): Gateway {
  const fabric = connect({
    client: connection.client,
    identity: { mspId: signer.mspId, credentials: utf8(signer.certificate) },
    signer: (message) => signer.sign(message),
    hash: hash.none,
    ...(connection.tlsCertHash === undefined ? {} : { tlsClientCertificateHash: connection.tlsCertHash }),
  })
  const endorse: Gateway['endorse'] = (call, options = {}) => endorseCall(fabric, { connection, signer }, call, options)
  return {
    connection,
    signer,
    network: (channel) => fabric.getNetwork(channel),
    endorse,
    async evaluate(call, options = {}) {
      const context = { ...options, doing: `evaluate ${call.contract}.${call.name}`, channel: call.channel }
      const answer = await limited(connection, context, (limits) => proposalOf(fabric, call).evaluate(limits))
      return new Uint8Array(answer)
    },
    async invoke(call, options = {}) {
      const transaction = await endorse(call, options)
      await options.journal?.(transaction)
      const commit = await submitAndWait(connection, signer, transaction, options)
      return { result: transaction.result, commit }
    },
  }
}

function proposalOf(fabric: FabricGateway, call: ContractCall) {
  return fabric
    .getNetwork(call.channel)
    .getContract(call.contract)
    .newProposal(call.name, {
      arguments: [...(call.args ?? [])],
      ...(call.transient ? { transientData: call.transient } : {}),
      ...(call.organizations ? { endorsingOrganizations: [...call.organizations] } : {}),
    })
}

async function endorseCall(
  fabric: FabricGateway,
  { connection, signer }: { readonly connection: Connection; readonly signer: Signer },
  call: ContractCall,
  options: CallOptions,
): Promise<EndorsedTransaction> {
  const proposal = proposalOf(fabric, call)
  const transactionId = proposal.getTransactionId()
  const context = { ...options, doing: `endorse ${call.contract}.${call.name}`, channel: call.channel, transactionId }
  const endorsed = await limited(connection, context, (limits) => proposal.endorse(limits))
  const envelope = decode(protos.PreparedTransaction, endorsed.getBytes()).getEnvelope()
  if (!envelope) {
    const facts = { node: connection.endpoint.node, ...factsOf(context) }
    throw new FabricError('PROTOCOL', 'The gateway gave no envelope', facts)
  }
  envelope.setSignature(await signer.sign(envelope.getPayload_asU8()))
  return {
    transactionId,
    channel: call.channel,
    envelope: envelope.serializeBinary(),
    result: new Uint8Array(endorsed.getResult()),
  }
}
