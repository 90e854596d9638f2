import { contractOrganizations, type DeploymentSpec } from '@cello/model'
import { packageKey } from '@cello/planning'
import type { ContractPackage, Ledger, NetworkRecord, PackageStore } from '@cello/ports'

/**
 * The package that each organization installs for each contract of the document, by `packageKey`. Equal input gives equal
 * packages, so they are made again instead of being kept.
 */
export async function contractPackages(
  ledger: Ledger,
  packages: PackageStore,
  network: NetworkRecord,
  addresses: Readonly<Record<string, string>>,
): Promise<Map<string, ContractPackage>> {
  const made = new Map<string, ContractPackage>()
  for (const channel of network.spec.channels) {
    for (const contract of channel.contracts) {
      for (const org of contractOrganizations(network.spec, channel, contract)) {
        const where = { channel: channel.name, contract, organization: org.name }
        const address = contract.address ?? contractAddress(network, where, addresses)
        if (address === undefined) continue
        made.set(packageKey(channel.name, contract.name, org.name), await pack(ledger, packages, contract, address))
      }
    }
  }
  return made
}

async function pack(
  ledger: Ledger,
  packages: PackageStore,
  contract: DeploymentSpec,
  address: string,
): Promise<ContractPackage> {
  const label = `${contract.name}_${contract.version}_${contract.package?.slice(0, 12) ?? 'service'}`
  const metadata = contract.package ? (await packages.get(contract.package))?.metadata : undefined
  return ledger.packageContract({ label, address, metadata })
}

function contractAddress(
  network: NetworkRecord,
  { channel, contract, organization }: { channel: string; contract: DeploymentSpec; organization: string },
  addresses: Readonly<Record<string, string>>,
): string | undefined {
  const node = network.nodes.find(
    (candidate) =>
      !candidate.removed &&
      candidate.organization === organization &&
      candidate.contract?.channel === channel &&
      candidate.contract.name === contract.name &&
      candidate.contract.package === contract.package,
  )
  return node && `${addresses[node.id]}:${node.ports.service}`
}
