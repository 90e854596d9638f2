import type { ChannelSpec, DeploymentSpec, NetworkSpec, NodeRecord, OrganizationSpec, PlanNote } from '@cello/model'
import { domainOf, memberOrganizations, mspIdOf, nodeRef, orderingOrganizations } from '@cello/model'
import { type ChangeField, type ChangeLimit, type ChangeRule, changeLimits, changeRules } from './change-rules.ts'
import { quorumOf } from './quorum.ts'
import { channelNodes } from './wanted.ts'

export interface CurrentNetwork {
  readonly spec: NetworkSpec
  /** Rows that there are, removed ones too. */
  readonly nodes: readonly NodeRecord[]
}

/**
 * What a change of the document asks for that a ledger cannot do, each with the nearest act that it can; empty when all
 * of it is possible. The rules are in change-rules.ts, and so in docs/changes.md.
 */
export function refusals(current: CurrentNetwork, next: NetworkSpec): PlanNote[] {
  return [
    ...fixedFields(current.spec, next),
    ...current.spec.organizations.flatMap((org) => organizationRefusals(current.spec, next, org)),
    ...takenNames(current, next),
    ...current.spec.channels.flatMap((channel) => channelRefusals(current, next, channel)),
  ]
}

function fixedFields(current: NetworkSpec, next: NetworkSpec): PlanNote[] {
  const { kind, version } = current.runtime
  return [
    ...unless(current.name === next.name, 'name', 'name'),
    ...unless(current.host === next.host, 'host', 'host'),
    ...unless(kind === next.runtime.kind, 'runtime', 'runtime.kind'),
    ...unless(kind !== next.runtime.kind || version === next.runtime.version, 'runtime', 'runtime.version'),
  ]
}

function organizationRefusals(current: NetworkSpec, next: NetworkSpec, org: OrganizationSpec): PlanNote[] {
  const subject = `organization/${org.name}`
  const after = next.organizations.find(({ name }) => name === org.name)
  if (!after) return [refuse(subject, 'organizations[]')]
  return [
    ...unless(mspIdOf(org) === mspIdOf(after), subject, 'organizations[].mspId'),
    ...unless(domainOf(current, org) === domainOf(next, after), subject, 'organizations[].domain'),
    ...unless(org.custody === after.custody, subject, 'organizations[].custody'),
    ...nodeRefusals(org, after, 'orderers'),
    ...nodeRefusals(org, after, 'peers'),
  ]
}

function nodeRefusals(org: OrganizationSpec, after: OrganizationSpec, kind: 'orderers' | 'peers'): PlanNote[] {
  const other = kind === 'orderers' ? 'peers' : 'orderers'
  return org[kind].flatMap((node) => {
    const subject = `node/${org.name}/${node.name}`
    const same = after[kind].find(({ name }) => name === node.name)
    if (!same) {
      const isTaken = after[other].some(({ name }) => name === node.name)
      return isTaken ? [limited(subject, 'name-of-another-kind')] : []
    }
    return [
      ...unless(same.host === node.host, subject, `organizations[].${kind}[].host`),
      ...unless(same.run === node.run, subject, `organizations[].${kind}[].run`),
    ]
  })
}

/** A node that goes keeps its name until nothing of it is left: two with one certificate cannot be told apart. */
function takenNames({ nodes }: CurrentNetwork, next: NetworkSpec): PlanNote[] {
  const live = new Set(nodes.filter(({ removed }) => !removed).map(nodeRef))
  const going = nodes.filter((node) => node.removed && node.kind !== 'contract' && !live.has(nodeRef(node)))
  return going
    .filter(({ organization, name }) =>
      next.organizations.some(
        (org) => org.name === organization && [...org.orderers, ...org.peers].some((node) => node.name === name),
      ),
    )
    .map((node) => limited(`node/${nodeRef(node)}`, 'name-in-removal'))
}

function channelRefusals(current: CurrentNetwork, next: NetworkSpec, channel: ChannelSpec): PlanNote[] {
  const subject = `channel/${channel.name}`
  const after = next.channels.find(({ name }) => name === channel.name)
  if (!after) return [refuse(subject, 'channels[]')]
  const members = memberOrganizations(next, after).map(({ name }) => name)
  const orderers = orderingOrganizations(next, after).map(({ name }) => name)
  const { spec } = current
  return [
    ...unless(channel.consensus.type === after.consensus.type, subject, 'channels[].consensus.type'),
    ...memberOrganizations(spec, channel)
      .filter(({ name }) => !members.includes(name))
      .map(({ name }) => refuse(subject, 'channels[].members[]', name)),
    ...orderingOrganizations(spec, channel)
      .filter(({ name }) => !orderers.includes(name))
      .map(({ name }) => refuse(subject, 'channels[].orderers[]', name)),
    ...quorumRefusals(current, next, channel, after),
    ...channel.contracts.flatMap((contract) => contractRefusals(channel, after, contract)),
  ]
}

/** A change of consenters needs every orderer that stays, and the quorum of those there are. */
function quorumRefusals(
  current: CurrentNetwork,
  next: NetworkSpec,
  channel: ChannelSpec,
  after: ChannelSpec,
): PlanNote[] {
  const present = channelNodes(current, channel, 'orderer')
  const wanted = new Set(
    orderingOrganizations(next, after).flatMap((org) => org.orderers.map(({ name }) => `${org.name}/${name}`)),
  )
  const staying = present.filter((node) => wanted.has(nodeRef(node)))
  if (staying.length === present.length && wanted.size === present.length) return []
  const up = present.filter(({ power }) => power === 'running')
  const isSafe =
    staying.every(({ power }) => power === 'running') && up.length >= quorumOf(channel.consensus.type, present.length)
  return isSafe || present.length === 0 ? [] : [limited(`channel/${channel.name}`, 'stopped-orderer')]
}

function contractRefusals(channel: ChannelSpec, after: ChannelSpec, contract: DeploymentSpec): PlanNote[] {
  const same = after.contracts.find(({ name }) => name === contract.name)
  if (!same) return []
  return contract.collections.flatMap((collection) => {
    const subject = `collection/${channel.name}/${contract.name}/${collection.name}`
    const kept = same.collections.find(({ name }) => name === collection.name)
    if (!kept) return [refuse(subject, 'channels[].contracts[].collections[]')]
    const isKept = kept.blockToLive === collection.blockToLive
    return unless(isKept, subject, 'channels[].contracts[].collections[].blockToLive')
  })
}

function unless(holds: boolean, subject: string, field: ChangeField): PlanNote[] {
  return holds ? [] : [refuse(subject, field)]
}

function refuse(subject: string, field: ChangeField, who?: string): PlanNote {
  const { why = 'it is fixed', next = '' }: ChangeRule = changeRules[field]
  return { kind: 'refused', subject, message: who === undefined ? why : `${who}: ${why}`, next }
}

function limited(subject: string, limit: ChangeLimit): PlanNote {
  const { why, next } = changeLimits[limit]
  return { kind: 'refused', subject, message: why, next }
}
