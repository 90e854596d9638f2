import type { ChannelSpec, NetworkSpec, OrganizationSpec, PlanNote } from '@cello/model'
import { domainOf, memberOrganizations, mspIdOf, orderingOrganizations } from '@cello/model'

/**
 * What a change of the document asks for that a ledger cannot do, each with the nearest act that it can; empty when all
 * of it is possible. The rules, field by field, are in docs/changes.md.
 */
export function refusals(current: NetworkSpec, next: NetworkSpec): PlanNote[] {
  return [
    ...fixedFields(current, next),
    ...current.organizations.flatMap((org) => organizationRefusals(current, next, org)),
    ...current.channels.flatMap((channel) => channelRefusals(current, next, channel)),
  ]
}

function fixedFields(current: NetworkSpec, next: NetworkSpec): PlanNote[] {
  const notes: PlanNote[] = []
  if (current.name !== next.name) {
    notes.push(refuse('name', 'a network keeps its name', 'Create a network of the new name.'))
  }
  if (current.host !== next.host) {
    notes.push(refuse('host', 'a network stays on its host', 'Create a network on the other host.'))
  }
  if (current.runtime.kind !== next.runtime.kind || current.runtime.version !== next.runtime.version) {
    notes.push(
      refuse('runtime', 'what a network runs is fixed at its creation', 'Create a network with the other runtime.'),
    )
  }
  return notes
}

function organizationRefusals(current: NetworkSpec, next: NetworkSpec, org: OrganizationSpec): PlanNote[] {
  const subject = `organization/${org.name}`
  const after = next.organizations.find(({ name }) => name === org.name)
  if (!after) {
    return [
      refuse(
        subject,
        'its identities are in the ledger and stay valid there',
        'Remove its nodes; keep the organization.',
      ),
    ]
  }
  const notes: PlanNote[] = []
  if (mspIdOf(org) !== mspIdOf(after)) {
    notes.push(
      refuse(subject, 'an MSP id is part of every signature in the ledger', 'Add an organization with the new MSP id.'),
    )
  }
  if (domainOf(current, org) !== domainOf(next, after)) {
    notes.push(refuse(subject, 'the domain is part of every certificate', 'Add an organization with the new domain.'))
  }
  for (const node of [...org.orderers, ...org.peers]) {
    const same = [...after.orderers, ...after.peers].find(({ name }) => name === node.name)
    if (same && same.host !== node.host) {
      notes.push(
        refuse(
          `node/${org.name}/${node.name}`,
          'a node stays on its host',
          'Add a node on the other host and remove this one.',
        ),
      )
    }
  }
  return notes
}

function channelRefusals(current: NetworkSpec, next: NetworkSpec, channel: ChannelSpec): PlanNote[] {
  const subject = `channel/${channel.name}`
  const after = next.channels.find(({ name }) => name === channel.name)
  if (!after) {
    return [refuse(subject, 'a channel cannot be taken out of a ledger', 'Leave it unused, or delete the network.')]
  }
  const notes: PlanNote[] = []
  if (channel.consensus.type !== after.consensus.type) {
    notes.push(
      refuse(
        subject,
        'the kind of consensus of a running channel is not changed here',
        'Add a channel with the other consensus.',
      ),
    )
  }
  const members = memberOrganizations(next, after).map(({ name }) => name)
  for (const org of memberOrganizations(current, channel)) {
    if (!members.includes(org.name)) {
      const nearest = `Keep at least one peer of ${org.name}; its peers can be stopped.`
      notes.push(
        refuse(subject, `${org.name} would leave the channel, and a peer leaves a channel only offline`, nearest),
      )
    }
  }
  const orderers = orderingOrganizations(next, after).map(({ name }) => name)
  for (const org of orderingOrganizations(current, channel)) {
    if (!orderers.includes(org.name)) {
      notes.push(
        refuse(subject, `${org.name} would stop ordering the channel`, `Keep at least one orderer of ${org.name}.`),
      )
    }
  }
  return notes
}

function refuse(subject: string, message: string, next: string): PlanNote {
  return { kind: 'refused', subject, message, next }
}
