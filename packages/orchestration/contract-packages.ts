import { contractOrganizations, type DeploymentSpec } from '@cello/model'
import { packageKey } from '@cello/planning'
import type { ContractPackage, Ledger, NetworkRecord, PackageStore } from '@cello/ports'

interface PackageSources {
  readonly ledger: Ledger
  readonly packages: PackageStore
}

export interface MadePackage extends ContractPackage {
  /** What it was made from: equal input gives equal packages. */
  readonly from: string
}

/**
 * The package that each organization installs for each contract of the document, by `packageKey`. They are made again instead
 * of being stored.
 * @param known those that were made before, of which those made from the same are taken
 */
export async function contractPackages(
  sources: PackageSources,
  network: NetworkRecord,
  addresses: Readonly<Record<string, string>>,
  known: ReadonlyMap<string, MadePackage>,
): Promise<Map<string, MadePackage>> {
  const made = new Map<string, MadePackage>()
  for (const channel of network.spec.channels) {
    for (const contract of channel.contracts) {
      for (const org of contractOrganizations(network.spec, channel, contract)) {
        const where = { channel: channel.name, contract, organization: org.name }
        const address = contract.address ?? contractAddress(network, where, addresses)
        if (address === undefined) continue
        const key = packageKey(channel.name, contract.name, org.name)
        const from = JSON.stringify([contract.name, contract.version, contract.package, address])
        const before = known.get(key)
        made.set(key, before?.from === from ? before : { ...(await pack(sources, contract, address)), from })
      }
    }
  }
  return made
}

async function pack(
  { ledger, packages }: PackageSources,
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
