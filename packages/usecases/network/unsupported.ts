import { type NetworkSpec, nodeRef, type OrganizationSpec, orderingOrganizations, PlatformError } from '@cello/model'
import type { RuntimeRecord } from '@cello/ports'

/** Refuses what the schema can say and this version cannot do. @throws UNSUPPORTED */
export function refuseUnsupported(spec: NetworkSpec, runtime: RuntimeRecord): void {
  for (const org of spec.organizations) refuseTheirs(spec, org)
  for (const { name, address } of spec.channels.flatMap(({ contracts }) => contracts)) refuseElsewhere(name, address)
  if (runtime.kind === 'devnode') refuseBeyondDevnode(spec)
  if (runtime.kind === 'fabric') refuseBeyondFabric(spec, runtime.version)
}

function refuseTheirs(spec: NetworkSpec, org: OrganizationSpec): void {
  if (org.custody !== 'ours') {
    refuse(
      `custody ${org.custody} of organization ${org.name}`,
      'only organizations whose keys are kept here are looked after',
    )
  }
  for (const node of [...org.orderers, ...org.peers]) {
    const ref = nodeRef({ organization: org.name, name: node.name })
    if (node.run !== 'ours') refuse(`run ${node.run} of node ${ref}`, 'only nodes that run here are looked after')
    if (node.host !== undefined && node.host !== spec.host) {
      refuse(`host ${node.host} of node ${ref}`, 'all nodes of a network run on its host')
    }
  }
}

/** Hosts that are this machine to whoever runs on it (RFC 1122, 3.2.1.3; RFC 6761, 6.3). */
const loopback = /^(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\]):\d+$/i

function refuseElsewhere(contract: string, address: string | undefined): void {
  if (address === undefined || loopback.test(address)) return
  refuse(
    `contract ${contract} at ${address}`,
    'peers call it without TLS, so on this machine alone: give an address such as localhost:9999, which may be the end of a tunnel to it',
  )
}

/** SmartBFT came with Fabric 3.0; a 2.x orderer cannot read such a channel's configuration. */
function refuseBeyondFabric(spec: NetworkSpec, version: string): void {
  const bft = spec.channels.find(({ consensus }) => consensus.type === 'bft')
  if (bft && Number.parseInt(version, 10) < 3) {
    refuse(`bft on channel ${bft.name}`, `Fabric ${version} orders by raft only; it needs 3.0 or newer`)
  }
}

/** A devnode orders by itself: it has no consensus with others, see docs/devnode.md. */
function refuseBeyondDevnode(spec: NetworkSpec): void {
  const reason = 'a devnode orders alone; give the network one orderer, or run it on Fabric'
  for (const channel of spec.channels) {
    if (channel.consensus.type === 'bft') refuse(`bft on channel ${channel.name} of devnodes`, reason)
    const orderers = orderingOrganizations(spec, channel).flatMap((org) => org.orderers)
    if (orderers.length > 1) refuse(`channel ${channel.name} of devnodes with ${orderers.length} orderers`, reason)
  }
}

function refuse(feature: string, reason: string): never {
  throw new PlatformError('UNSUPPORTED', { feature, reason })
}
