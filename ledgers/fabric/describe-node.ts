import { memberMspFiles, tlsFiles } from '@cello/fabric/identity'
import type { Secret } from '@cello/kit'
import { type NodeKind, nodeRef, PlatformError } from '@cello/model'
import type { LedgerNode, LedgerOrganization, NodeRequest, NodeSpec } from '@cello/ports'
import { oldestPeer, organizationNamed, serviceAddress } from './channel-definition.ts'
import { contractNode, type NodeParts, ordererNode, peerNode } from './node-config/index.ts'
import type { Starter } from './programs.ts'

/** What the driver is told of a node. Equal input gives an equal specification: a difference means a restart. */
export function describeNode(request: NodeRequest, starter: Starter): NodeSpec {
  const { record } = request.node
  const parts = partsOfKind[record.kind](request, starter)
  return {
    ...parts,
    ...starter.start(request, parts),
    id: record.id,
    incarnation: record.incarnation,
    labels: { network: record.networkId, organization: record.organization, name: record.name, kind: record.kind },
    ports: record.ports,
    limits: { openFiles: 65_536 },
  }
}

const partsOfKind: Readonly<Record<NodeKind, (request: NodeRequest, starter: Starter) => NodeParts>> = {
  orderer: ordererParts,
  peer: peerParts,
  contract: contractParts,
}

function ordererParts(request: NodeRequest): NodeParts {
  const { network, node } = request
  const org = organizationNamed(network, node.record.organization)
  return ordererNode({
    version: network.version,
    mspId: org.mspId,
    listenHost: listenHost(node),
    adminHost: '127.0.0.1',
    ports: { service: '{port:service}', admin: '{port:admin}', operations: '{port:operations}' },
    adminRoots: [org.tlsCaCertificate],
    ...folders(org, request),
  })
}

function peerParts(request: NodeRequest, { runtime }: Starter): NodeParts {
  const { network, node } = request
  const org = organizationNamed(network, node.record.organization)
  // A change would restart this peer, hence the one that stays.
  const first = oldestPeer(network, org.name)
  return peerNode({
    version: network.version,
    networkName: network.name,
    name: node.hostName,
    mspId: org.mspId,
    listenHost: listenHost(node),
    advertised: serviceAddress(node),
    ports: { service: '{port:service}', operations: '{port:operations}' },
    peerRoots: [org, ...network.organizations.filter((other) => other !== org)].map((each) => each.tlsCaCertificate),
    bootstrap: first && first.record.id !== node.record.id ? [serviceAddress(first)] : [],
    readsPackages: runtime === 'devnode',
    ...folders(org, request),
  })
}

function contractParts({ network, node, packageId, programs }: NodeRequest): NodeParts {
  if (packageId === undefined) {
    throw new PlatformError('NODE_NOT_READY', { node: nodeRef(node.record), detail: 'its package is not known yet' })
  }
  const host = listenHost(node)
  if (host !== '127.0.0.1') {
    throw new PlatformError('UNSUPPORTED', {
      feature: `contract ${nodeRef(node.record)} off loopback`,
      reason: 'peers of other machines may call a contract by TLS only, which is not set up yet',
    })
  }
  return contractNode({
    packageId,
    mspId: organizationNamed(network, node.record.organization).mspId,
    listenHost: host,
    hasModules: programs['modules'] !== undefined,
  })
}

function folders(org: LedgerOrganization, { node, enrolmentKey, tlsKey }: NodeRequest) {
  const msp = {
    enrolment: { certificate: org.caCertificate, parents: [] },
    tls: { certificate: org.tlsCaCertificate, parents: [] },
  }
  return {
    msp: memberMspFiles(msp, { certificate: given(node, node.certificate), privateKey: given(node, enrolmentKey) }),
    tls: tlsFiles(msp.tls, { certificate: given(node, node.tlsCertificate), privateKey: given(node, tlsKey) }),
  }
}

function given(node: LedgerNode, value: string | Secret | undefined): string {
  if (value === undefined) throw new PlatformError('NOT_FOUND', { noun: 'identity of node', id: nodeRef(node.record) })
  return typeof value === 'string' ? value : value.reveal()
}

/** Nodes of one machine meet on loopback; only where others come in is every interface listened at. */
function listenHost(node: LedgerNode): string {
  return node.address === '127.0.0.1' ? '127.0.0.1' : '0.0.0.0'
}
