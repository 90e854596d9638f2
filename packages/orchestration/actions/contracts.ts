import { type DeploymentSpec, memberOrganizations, PlatformError } from '@cello/model'
import { wantedSequence } from '@cello/planning'
import type { ContractDefinition } from '@cello/ports'
import { type Action, type ActionContext, keyParts } from './action.ts'
import { channelSpec } from './channel-facts.ts'
import { transactOnce } from './transactions.ts'
import { whileStarting } from './wait-for-node.ts'

export const installPackage: Action = async (context) => {
  const { network, signal } = context
  const [channel, contract, nodeId] = keyParts(context.step)
  const made = network.contractPackage(channel, contract, network.node(nodeId).organization)
  await whileStarting(context, [nodeId], () => network.session.installPackage(nodeId, made, { signal }))
}

export const approveContract: Action = async (context) => {
  const { network, signal } = context
  const [channel, contract, organization] = keyParts(context.step)
  const packageId = network.wanted.packageIds[context.step.key]
  await transactOnce(context, async () => {
    const definition = await wantedDefinition(context, channel, contract)
    return network.session.prepareApproval({ organization, definition, packageId }, { signal })
  })
}

export const commitContract: Action = async (context) => {
  const { network, signal } = context
  const [channel, contract] = keyParts(context.step)
  const [organization] = memberOrganizations(network.record.spec, channelSpec(network, channel)).map(({ name }) => name)
  await transactOnce(context, async () => {
    const definition = await wantedDefinition(context, channel, contract)
    return network.session.prepareCommit({ organization: organization ?? '', definition }, { signal })
  })
}

/** The definition as wanted, with the sequence that the ledger calls for now. */
async function wantedDefinition(context: ActionContext, channel: string, name: string): Promise<ContractDefinition> {
  const { network, signal } = context
  const contract: DeploymentSpec | undefined = channelSpec(network, channel).contracts.find(
    (candidate) => candidate.name === name,
  )
  if (!contract) throw new PlatformError('NOT_FOUND', { noun: 'contract', id: `${channel}/${name}` })
  // Its approvals are nothing that the sequence hangs on.
  const contracts = await network.session.observeContracts(channel, [], { signal })
  const seen = contracts.find((candidate) => candidate.name === name)
  const { version, initRequired, policy, collections } = contract
  return {
    channel,
    name,
    version,
    initRequired,
    policy,
    collections,
    sequence: wantedSequence(contract, seen?.committed),
  }
}
