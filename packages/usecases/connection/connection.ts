import { domainOf, memberOrganizations, mspIdOf, type NodeRecord, nodeRef, PlatformError } from '@cello/model'
import type { NetworkRecord } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { findHost, findNetwork, findOrganization } from '../network/find.ts'
import { fabricTools } from './fabric-tools.ts'
import type { ConnectionFacts, EndpointView } from './facts.ts'
import { connectionProfile } from './profile.ts'

export interface ConnectionView extends ConnectionFacts {
  profile: Record<string, unknown>
  env: Record<string, string>
  files: Record<string, string>
}

/**
 * All that an application of an organization needs; by default that of the peer, or the first that has peers.
 * @throws NOT_FOUND, for a peer too; CHANGE_REFUSED while the certificates of the network are not made
 */
export async function describeConnection(
  context: Context,
  call: Call,
  request: {
    readonly network: string
    readonly organization?: string | undefined
    /** `Org1/peer0` */
    readonly peer?: string | undefined
  },
): Promise<ConnectionView> {
  allow(call, 'networks:read')
  const network = await findNetwork(context, request.network)
  const organization = request.organization ?? request.peer?.split('/')[0]
  const facts = await gather(context, network, chooseOrganization(network, organization))
  const peer = facts.peers.find(({ node }) => node === request.peer)
  if (request.peer !== undefined && !peer) throw new PlatformError('NOT_FOUND', { noun: 'peer', id: request.peer })
  const { env, files } = fabricTools(facts, peer ?? facts.peers.find((one) => one.organization === facts.organization))
  return { ...facts, profile: connectionProfile(facts), env, files }
}

async function gather(context: Context, network: NetworkRecord, organization: string): Promise<ConnectionFacts> {
  const { spec } = network
  const org = findOrganization(network, organization)
  const { address } = await (await context.driver(await findHost(context, network.hostId))).facts()
  const identities = await context.store.identities.list(network.id)
  const endpoint = (node: NodeRecord): EndpointView => {
    const root = identities.find((one) => one.organization === node.organization && one.subject === 'tls-ca')
    if (!root) {
      throw new PlatformError('CHANGE_REFUSED', {
        detail: `the certificates of ${node.organization} are not made yet`,
        nearest: 'Wait until the network is created.',
      })
    }
    return {
      node: nodeRef(node),
      organization: node.organization,
      address: `${address}:${node.ports.service ?? 0}`,
      serverName: `${node.name}.${domainOf(spec, findOrganization(network, node.organization))}`,
      ...(node.ports.admin === undefined ? {} : { adminAddress: `${address}:${node.ports.admin}` }),
      tlsRoot: root.certificate,
    }
  }
  const live = network.nodes.filter((node) => !node.removed)
  return {
    network: network.name,
    organization: org.name,
    mspId: mspIdOf(org),
    channels: spec.channels
      .filter((channel) => memberOrganizations(spec, channel).includes(org))
      .map(({ name }) => name),
    // The organization's own peers first: they are what its applications dial.
    peers: live
      .filter(({ kind }) => kind === 'peer')
      .map(endpoint)
      .sort((a, b) => Number(b.organization === org.name) - Number(a.organization === org.name)),
    orderers: live.filter(({ kind }) => kind === 'orderer').map(endpoint),
  }
}

function chooseOrganization(network: NetworkRecord, wanted: string | undefined): string {
  if (wanted !== undefined) return findOrganization(network, wanted).name
  const [first] = network.spec.organizations.filter(({ peers }) => peers.length > 0)
  return (first ?? findOrganization(network, network.spec.organizations[0]?.name ?? '')).name
}
