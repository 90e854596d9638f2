import {
  type ChannelSpec,
  contractOrganizations,
  contractPeers,
  type DeploymentSpec,
  memberOrganizations,
  type NodeRecord,
  nodeRef,
  type ObservedContractState,
  type ObservedDefinition,
  type PlanNote,
} from '@cello/model'
import { isOutside } from './membership.ts'
import { isSilent, isWithinReach, planContractNodes } from './plan-nodes.ts'
import { isSameDefinition } from './same-definition.ts'
import { planServingNodes } from './serving-nodes.ts'
import type { Draft } from './steps.ts'
import { channelNodes, packageKey } from './wanted.ts'

/** Nodes, installs, approvals and the commit of one contract on one channel. */
export function planContract(draft: Draft, channel: ChannelSpec, contract: DeploymentSpec): void {
  const seen = draft.observed.channels[channel.name]?.contracts?.[contract.name]
  const nodes = contractNodes(draft, channel, contract)
  planContractNodes(draft, nodes, channelNodes(draft.wanted, channel, 'peer'))
  planInstalls(draft, channel, contract)
  planApprovals(draft, channel, contract, seen)
  planServingNodes(draft, channel.name, contract.name)
  if (seen?.committed && isSameDefinition(contract, seen.committed)) return
  // Every member's approval and endorsement is asked for; while one of them cannot be reached the commit waits.
  if (channelNodes(draft.wanted, channel, 'peer').some((node) => isSilent(draft, node))) return
  const prefix = `${channel.name}/${contract.name}`
  const members = memberOrganizations(draft.wanted.spec, channel)
  if (members.some((org) => isOutside(draft, channel, org.name))) return
  const title = `commit contract ${contract.name} ${contract.version} on channel ${channel.name}`
  // From the commit of an upgrade on, calls go to the new program, so that runs everywhere before. Nobody calls what was
  // never committed: a first commit waits for neither.
  const running = [
    ...draft.planned('install-package').filter((id) => id.startsWith(`install-package/${prefix}/`)),
    ...nodes.map((node) => `ensure-node/${node.id}`),
    ...channelNodes(draft.wanted, channel, 'peer').map((node) => `join-peer/${channel.name}/${node.id}`),
  ]
  draft.add('commit-contract', prefix, title, [
    ...members.map((org) => `approve-contract/${prefix}/${org.name}`),
    ...members.flatMap((org) => firstPeerSteps(draft, channel, org.name)),
    ...(seen?.committed ? running : []),
  ])
}

/** The sequence that the wanted definition has or will have: sequences only rise, by one. */
export function wantedSequence(contract: DeploymentSpec, committed: ObservedDefinition | undefined): number {
  if (!committed) return 1
  return isSameDefinition(contract, committed) ? committed.sequence : committed.sequence + 1
}

/** What stays in the ledger of contracts that the document no longer names; it is no drift. */
export function contractResidue(draft: Draft, channel: ChannelSpec): PlanNote[] {
  const names = channel.contracts.map(({ name }) => name as string)
  const seen = Object.entries(draft.observed.channels[channel.name]?.contracts ?? {})
  return seen
    .filter(([name, state]) => state.committed && !names.includes(name))
    .map(([name]) => ({
      kind: 'residue' as const,
      subject: `contract/${channel.name}/${name}`,
      message: 'its definition and packages stay in the ledger; nothing runs it any more',
    }))
}

function planInstalls(draft: Draft, channel: ChannelSpec, contract: DeploymentSpec): void {
  const refs = contractPeers(draft.wanted.spec, channel, contract)
  for (const node of channelNodes(draft.wanted, channel, 'peer')) {
    if (!refs.includes(nodeRef(node)) || !isWithinReach(draft, node)) continue
    const packageId = draft.wanted.packageIds[packageKey(channel.name, contract.name, node.organization)]
    const packages = draft.stateOf(node).packages
    // Not looked up is not absent: the next whole look tells.
    if (packageId === undefined || packages?.includes(packageId)) continue
    const title = `install contract ${contract.name} on peer ${nodeRef(node)}`
    draft.add('install-package', `${channel.name}/${contract.name}/${node.id}`, title, [`ensure-node/${node.id}`])
  }
}

function planApprovals(
  draft: Draft,
  channel: ChannelSpec,
  contract: DeploymentSpec,
  seen: ObservedContractState | undefined,
): void {
  const orderers = channelNodes(draft.wanted, channel, 'orderer')
  for (const org of memberOrganizations(draft.wanted.spec, channel)) {
    if (isApproved(draft, { channel, contract, organization: org.name, seen })) continue
    if (isOutside(draft, channel, org.name) || isSpeechless(draft, channel, org.name)) continue
    draft.add(
      'approve-contract',
      `${channel.name}/${contract.name}/${org.name}`,
      `approve contract ${contract.name} as ${org.name}`,
      [
        ...firstPeerSteps(draft, channel, org.name),
        ...joinsOf(draft, channel, org.name),
        ...orderers.flatMap((node) => [`ensure-node/${node.id}`, `join-orderer/${channel.name}/${node.id}`]),
      ],
    )
  }
}

interface ApprovalQuestion {
  readonly channel: ChannelSpec
  readonly contract: DeploymentSpec
  readonly organization: string
  readonly seen: ObservedContractState | undefined
}

/** Whether the organization has approved the wanted definition at the sequence that it will have, with the package that it runs. */
function isApproved(draft: Draft, { channel, contract, organization, seen }: ApprovalQuestion): boolean {
  const approval = seen?.approvals.find((candidate) => candidate.organization === organization)
  if (!approval) return false
  const runs = contractOrganizations(draft.wanted.spec, channel, contract).some(({ name }) => name === organization)
  const packageId = runs ? draft.wanted.packageIds[packageKey(channel.name, contract.name, organization)] : undefined
  return (
    approval.definition.sequence === wantedSequence(contract, seen?.committed) &&
    isSameDefinition(contract, approval.definition) &&
    approval.packageId === packageId
  )
}

/** Whether the organization can approve nothing for now: the peers that it could ask are silent. */
function isSpeechless(draft: Draft, channel: ChannelSpec, organization: string): boolean {
  const peers = channelNodes(draft.wanted, channel, 'peer').filter((node) => node.organization === organization)
  return peers.some((node) => isSilent(draft, node)) && !peers.some((node) => isWithinReach(draft, node))
}

/** What makes the organization's first peer of the channel answer: it speaks for the organization, the others need not be there. */
function firstPeerSteps(draft: Draft, channel: ChannelSpec, organization: string): string[] {
  const first = channelNodes(draft.wanted, channel, 'peer').find(
    (node) => node.organization === organization && isWithinReach(draft, node),
  )
  return first ? [`ensure-node/${first.id}`, `join-peer/${channel.name}/${first.id}`] : []
}

/**
 * An approval has a private part, which goes to each of the organization's peers that is there when it is made. One that
 * joins while it is ordered has to ask for it, and while it has met nobody to ask, Fabric lets it wait for a second each time.
 */
function joinsOf(draft: Draft, channel: ChannelSpec, organization: string): string[] {
  return channelNodes(draft.wanted, channel, 'peer')
    .filter((node) => node.organization === organization)
    .map(({ id }) => `join-peer/${channel.name}/${id}`)
}

function contractNodes(draft: Draft, channel: ChannelSpec, contract: DeploymentSpec): NodeRecord[] {
  return draft.wanted.nodes.filter(
    (node) => node.contract?.channel === channel.name && node.contract.name === contract.name && !node.removed,
  )
}
