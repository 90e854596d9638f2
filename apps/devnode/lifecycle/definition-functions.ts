/** Functions of `_lifecycle` that approve, commit and show definitions. */
import { peer } from '@hyperledger/fabric-protos'
import { withReason } from '../config/update-rules.ts'
import type { Invocation } from '../contracts/contract.ts'
import { ContractRefusal } from '../system-contracts/answers.ts'
import { definitionOf, fillApproved, fillDefinition, packageIdOfSource } from './arguments.ts'
import { applicationOrganizations } from './channel-policies.ts'
import { checkDefinition } from './check-definition.ts'
import { type Definition, readDefinition, recordTypes } from './parameters.ts'
import { decodeArgs, type LifecycleFunction, type LifecycleParts } from './parts.ts'
import { readAllMetadata, readMetadata } from './record.ts'
import {
  type Approvals,
  approvalsOf,
  approve,
  approvedDefinition,
  checkType,
  commit,
  commitReadiness,
  readApproval,
  type Voters,
} from './sequences.ts'
import { hashedState, privateState, publicState, type ReadableState } from './state-views.ts'

const protos = peer.lifecycle

export const definitionFunctions: Readonly<Record<string, LifecycleFunction>> = {
  ApproveChaincodeDefinitionForMyOrg: approveForMyOrg,
  QueryApprovedChaincodeDefinition: queryApproved,
  QueryApprovedChaincodeDefinitions: queryAllApproved,
  CheckCommitReadiness: checkReadiness,
  CommitChaincodeDefinition: commitDefinition,
  QueryChaincodeDefinition: queryDefinition,
  QueryChaincodeDefinitions: queryAllDefinitions,
}

function approveForMyOrg({ mspId }: LifecycleParts, input: Uint8Array, invocation: Invocation): Uint8Array {
  const args = decodeArgs(protos.ApproveChaincodeDefinitionForMyOrgArgs, 'ApproveChaincodeDefinitionForMyOrg', input)
  const name = args.getName()
  const { config } = checkDefinition(name, args.getVersion(), args.getCollections(), invocation)
  const packageId = packageIdOfSource(args.getSource())
  const approval = { name, definition: definitionOf(args), packageId }
  approve(approval, config, publicState(invocation), privateState(invocation, mspId))
  return new protos.ApproveChaincodeDefinitionForMyOrgResult().serializeBinary()
}

function queryApproved({ mspId }: LifecycleParts, input: Uint8Array, invocation: Invocation): Uint8Array {
  const args = decodeArgs(protos.QueryApprovedChaincodeDefinitionArgs, 'QueryApprovedChaincodeDefinition', input)
  const wanted = { name: args.getName(), sequence: args.getSequence() }
  const channel = invocation.channel?.name ?? ''
  const found = approvedDefinition(channel, wanted, publicState(invocation), privateState(invocation, mspId))
  return fillApproved(new protos.QueryApprovedChaincodeDefinitionResult(), found).serializeBinary()
}

function queryAllApproved({ mspId }: LifecycleParts, input: Uint8Array, invocation: Invocation): Uint8Array {
  decodeArgs(protos.QueryApprovedChaincodeDefinitionsArgs, 'QueryApprovedChaincodeDefinitions', input)
  const approvals = privateState(invocation, mspId)
  const all = withReason('could not fetch metadatas', () => readAllMetadata(approvals, 'namespaces'))
  const result = new protos.QueryApprovedChaincodeDefinitionsResult()
  for (const [privateName, metadata] of all) {
    const { name, sequence } = withReason(
      `could not extract chaincode name and sequence number from metadata: ${privateName}`,
      () => nameAndSequence(privateName),
    )
    const what = `could not fetch approved chaincode definition (name: '${name}', sequence: '${sequence}') on channel '${invocation.channel?.name ?? ''}'`
    const found = withReason(what, () => readApproval(name, sequence, metadata, approvals))
    const shown = new protos.QueryApprovedChaincodeDefinitionsResult.ApprovedChaincodeDefinition()
    shown.setName(name)
    result.addApprovedChaincodeDefinitions(fillApproved(shown, found))
  }
  return result.serializeBinary()
}

function nameAndSequence(privateName: string): { readonly name: string; readonly sequence: number } {
  const [name = '', sequence = '', ...more] = privateName.split('#')
  if (more.length > 0 || !privateName.includes('#')) throw new Error(`invalid private name format: ${privateName}`)
  if (/^-?\d+$/.test(sequence)) return { name, sequence: Number(sequence) }
  throw new Error(
    `invalid sequence number in private name: ${privateName}: strconv.ParseInt: parsing ${JSON.stringify(sequence)}: invalid syntax`,
  )
}

function checkReadiness(_: LifecycleParts, input: Uint8Array, invocation: Invocation): Uint8Array {
  const args = decodeArgs(protos.CheckCommitReadinessArgs, 'CheckCommitReadiness', input)
  const proposed = { name: args.getName(), definition: definitionOf(args) }
  const { approved, mismatches } = commitReadiness(proposed, votersOf(invocation), publicState(invocation))
  const result = new protos.CheckCommitReadinessResult()
  addApprovals(result, approved)
  for (const [mspId, items] of mismatches) {
    const shown = new protos.CheckCommitReadinessResult.Mismatches()
    shown.setItemsList([...items])
    result.getMismatchesMap().set(mspId, shown)
  }
  return result.serializeBinary()
}

function commitDefinition({ mspId }: LifecycleParts, input: Uint8Array, invocation: Invocation): Uint8Array {
  const args = decodeArgs(protos.CommitChaincodeDefinitionArgs, 'CommitChaincodeDefinition', input)
  checkDefinition(args.getName(), args.getVersion(), args.getCollections(), invocation)
  const voters = votersOf(invocation)
  if (!voters.organizations.some((organization) => organization.mspId === mspId)) {
    throw new Error("impossibly, this peer's org is processing requests for a channel it is not a member of")
  }
  const { approved } = commit({ name: args.getName(), definition: definitionOf(args) }, voters, publicState(invocation))
  if (approved.get(mspId) !== true) throw new Error(`chaincode definition not agreed to by this org (${mspId})`)
  return new protos.CommitChaincodeDefinitionResult().serializeBinary()
}

function queryDefinition(_: LifecycleParts, input: Uint8Array, invocation: Invocation): Uint8Array {
  const name = decodeArgs(protos.QueryChaincodeDefinitionArgs, 'QueryChaincodeDefinition', input).getName()
  const definition = committedDefinition(publicState(invocation), name)
  const { organizations } = votersOf(invocation)
  const result = fillDefinition(new protos.QueryChaincodeDefinitionResult(), definition)
  addApprovals(result, approvalsOf(name, definition, organizations).approved)
  return result.serializeBinary()
}

function queryAllDefinitions(_: LifecycleParts, input: Uint8Array, invocation: Invocation): Uint8Array {
  decodeArgs(protos.QueryChaincodeDefinitionsArgs, 'QueryChaincodeDefinitions', input)
  const state = publicState(invocation)
  const all = withReason('could not query namespace metadata', () => readAllMetadata(state, 'namespaces'))
  const result = new protos.QueryChaincodeDefinitionsResult()
  for (const [name, { type }] of all) {
    if (type !== recordTypes.definition) continue
    const shown = new protos.QueryChaincodeDefinitionsResult.ChaincodeDefinition()
    shown.setName(name)
    result.addChaincodeDefinitions(fillDefinition(shown, committedDefinition(state, name)))
  }
  return result.serializeBinary()
}

/** @throws ContractRefusal with status 404 where nothing is committed */
function committedDefinition(state: ReadableState, name: string): Definition {
  const metadata = withReason(`could not fetch metadata for namespace ${name}`, () =>
    readMetadata(state, 'namespaces', name),
  )
  if (!metadata) throw new ContractRefusal(`namespace ${name} is not defined`, { status: 404 })
  return withReason(`could not deserialize namespace ${name} as chaincode`, () => {
    checkType(metadata, recordTypes.definition)
    return readDefinition(state, name)
  })
}

function votersOf(invocation: Invocation): Voters {
  const { channel } = invocation
  if (!channel) throw new Error("no application config for channel ''")
  const organizations = [...applicationOrganizations(channel.config).values()].map((mspId) =>
    hashedState(invocation, mspId),
  )
  return { config: channel.config, organizations }
}

function addApprovals(
  result: { getApprovalsMap(): { set(key: string, value: boolean): unknown } },
  approved: Approvals['approved'],
): void {
  for (const [mspId, isApproved] of approved) result.getApprovalsMap().set(mspId, isApproved)
}
