import { isDeepStrictEqual } from 'node:util'
import { peer } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import type { Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { endorseTransaction, type SignedTransaction } from '../peers/endorsement.ts'
import { readAnswer } from '../read-answer.ts'
import type { Signer } from '../signer.ts'
import { askLifecycle, lifecycleContract } from './ask-lifecycle.ts'
import { type ContractDefinition, fillDefinition, readDefinition } from './definition.ts'

const protos = peer.lifecycle

/**
 * Makes and signs the transaction that commits an approved definition to the channel. Nothing is ordered yet: keep it,
 * then `submitAndWait` or `resume` it.
 * @param connections one peer of as many organizations as the channel's LifecycleEndorsement policy asks for
 * @throws FabricError ALREADY_DONE when this very definition is committed; NOT_READY while an approval is missing at a
 *   peer; CONFLICT for a wrong sequence, or when the peers have not yet seen the same approvals
 */
export async function prepareCommit(
  connections: readonly Connection[],
  signer: Signer,
  what: { readonly channel: string; readonly definition: ContractDefinition },
  options: CallOptions = {},
): Promise<SignedTransaction> {
  const message = fillDefinition(new protos.CommitChaincodeDefinitionArgs(), what.definition)
  const invocation = {
    channel: what.channel,
    contract: lifecycleContract,
    args: ['CommitChaincodeDefinition', message.serializeBinary()],
    doing: `commit ${what.definition.name}`,
  }
  try {
    return await endorseTransaction(connections, signer, invocation, options)
  } catch (error) {
    if (!(error instanceof FabricError && /new definition must be sequence/.test(error.message))) throw error
    // Of the peer that said so: another one may be behind it.
    const connection = connections.find(({ endpoint }) => endpoint.node === error.facts.node)
    if (!connection) throw error
    const { name } = what.definition
    const committed = await committedDefinition(connection, signer, { channel: what.channel, name }, options)
    if (!sameDefinition(committed.definition, what.definition)) throw error
    const facts = { channel: what.channel, node: connection.endpoint.node }
    throw new FabricError('ALREADY_DONE', `${name} is committed with this definition`, facts, { cause: error })
  }
}

/** Whether Fabric would hold `wanted` as it holds `held`: defaults filled in, policies compared by their encoding. */
export function sameDefinition(held: ContractDefinition, wanted: ContractDefinition): boolean {
  const encode = (definition: ContractDefinition) =>
    fillDefinition(new protos.CommitChaincodeDefinitionArgs(), {
      ...definition,
      endorsementPlugin: definition.endorsementPlugin || 'escc',
      validationPlugin: definition.validationPlugin || 'vscc',
      endorsementPolicy: definition.endorsementPolicy ?? { channelConfig: '/Channel/Application/Endorsement' },
      collections: definition.collections ?? [],
    }).serializeBinary()
  return isDeepStrictEqual(encode(held), encode(wanted))
}

/** What a channel holds of a contract. */
export interface CommittedDefinition {
  readonly definition: Required<ContractDefinition>
  /** Which organizations approved it, by MSP id. */
  readonly approvals: Readonly<Record<string, boolean>>
}

/** A contract's committed definition. @throws FabricError NOT_FOUND when there is none */
export async function committedDefinition(
  connection: Connection,
  signer: Signer,
  of: { readonly channel: string; readonly name: string },
  options: CallOptions = {},
): Promise<CommittedDefinition> {
  const message = new protos.QueryChaincodeDefinitionArgs()
  message.setName(of.name)
  const request = {
    channel: of.channel,
    name: 'QueryChaincodeDefinition',
    message,
    doing: `read the definition of ${of.name}`,
  }
  const answer = await askLifecycle(connection, signer, request, options)
  return readAnswer(connection, request, () => {
    const found = decode(protos.QueryChaincodeDefinitionResult, answer)
    const approvals = Object.fromEntries(found.getApprovalsMap().getEntryList())
    return { definition: readDefinition(of.name, found), approvals }
  })
}

/** All committed definitions of a channel. @throws FabricError NOT_FOUND (channel), DENIED */
export async function committedDefinitions(
  connection: Connection,
  signer: Signer,
  channel: string,
  options: CallOptions = {},
): Promise<readonly Required<ContractDefinition>[]> {
  const request = {
    channel,
    name: 'QueryChaincodeDefinitions',
    message: new protos.QueryChaincodeDefinitionsArgs(),
    doing: 'list definitions',
  }
  const answer = await askLifecycle(connection, signer, request, options)
  return readAnswer(connection, request, () => {
    const found = decode(protos.QueryChaincodeDefinitionsResult, answer).getChaincodeDefinitionsList()
    return found.map((one) => readDefinition(one.getName(), one))
  })
}

/**
 * Makes and signs the first call of a contract whose definition has `initRequired`.
 * @param connections peers that satisfy the contract's endorsement policy
 * @throws FabricError as `endorseTransaction`; INVALID when it is initialized already
 */
export function prepareInit(
  connections: readonly Connection[],
  signer: Signer,
  call: {
    readonly channel: string
    readonly contract: string
    readonly name: string
    readonly args?: readonly string[]
  },
  options: CallOptions = {},
): Promise<SignedTransaction> {
  const { channel, contract, name, args = [] } = call
  const invocation = { channel, contract, args: [name, ...args], isInit: true, doing: `initialize ${contract}` }
  return endorseTransaction(connections, signer, invocation, options)
}
