import { domainOf, mspIdOf, type NodeRecord, PlatformError } from '@cello/model'
import type { Driver, IdentityRecord, LedgerNetwork, LedgerNode, LedgerOrganization, NetworkRecord } from '@cello/ports'

/** Certificates by `organization/subject`. */
export type Certificates = ReadonlyMap<string, string>

export function certificatesOf(identities: readonly IdentityRecord[]): Certificates {
  return new Map(identities.map((identity) => [`${identity.organization}/${identity.subject}`, identity.certificate]))
}

/** The public side of a network, of the organizations whose identities are made. */
export function ledgerNetwork(
  network: NetworkRecord,
  certificates: Certificates,
  addresses: Readonly<Record<string, string>>,
): LedgerNetwork {
  const organizations = network.spec.organizations.flatMap((org): LedgerOrganization[] => {
    const caCertificate = certificates.get(`${org.name}/ca`)
    const tlsCaCertificate = certificates.get(`${org.name}/tls-ca`)
    const adminCertificate = certificates.get(`${org.name}/admin`)
    if (!caCertificate || !tlsCaCertificate || !adminCertificate) return []
    const { name } = org
    return [
      {
        name,
        mspId: mspIdOf(org),
        domain: domainOf(network.spec, org),
        caCertificate,
        tlsCaCertificate,
        adminCertificate,
      },
    ]
  })
  return {
    id: network.id,
    name: network.name,
    version: network.runtime.version,
    organizations,
    nodes: network.nodes.map((node) => ledgerNode(network, node, certificates, addresses[node.id] ?? '')),
  }
}

function ledgerNode(
  network: NetworkRecord,
  record: NodeRecord,
  certificates: Certificates,
  address: string,
): LedgerNode {
  return {
    record,
    hostName: nodeHostName(network, record),
    address,
    certificate: certificates.get(`${record.organization}/node/${record.name}`),
    tlsCertificate: certificates.get(`${record.organization}/node-tls/${record.name}`),
  }
}

/** `peer0.org1.demo.cello`: the DNS name in the node's certificates. */
export function nodeHostName(network: NetworkRecord, node: NodeRecord): string {
  const org = network.spec.organizations.find(({ name }) => name === node.organization)
  return `${node.name}.${domainOf(network, org ?? { name: node.organization })}`
}

/** Milliseconds that a host gets to say where it is. */
const factsMs = 10_000

async function addressOf(host: string, driver: Driver): Promise<string> {
  const signal = AbortSignal.timeout(factsMs)
  try {
    return (await driver.facts({ signal })).address
  } catch (cause) {
    if (!signal.aborted) throw cause
    throw new PlatformError('HOST_UNREACHABLE', { host, detail: `it said nothing for ${factsMs} ms` }, { cause })
  }
}

/** The address of each node's host, by node id. @throws HOST_UNREACHABLE */
export async function nodeAddresses(
  network: NetworkRecord,
  driver: (hostId: string) => Driver,
): Promise<Record<string, string>> {
  const hosts = new Set(network.nodes.map((node) => node.hostId))
  const addresses = new Map<string, string>()
  for (const host of hosts) addresses.set(host, await addressOf(host, driver(host)))
  return Object.fromEntries(network.nodes.map((node) => [node.id, addresses.get(node.hostId) ?? '']))
}
