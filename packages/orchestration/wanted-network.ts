import type { WantedNetwork } from '@cello/planning'
import type { ContractPackage, Driver, Ledger, NetworkRecord, PackageStore } from '@cello/ports'
import { contractPackages } from './contract-packages.ts'
import { nodeAddresses } from './ledger-network.ts'

export interface WantedSources {
  readonly store: { readonly packages: PackageStore }
  driver(hostId: string): Driver
  ledger(kind: Ledger['kind']): Ledger
}

/** The first input of a plan, from a network's row. */
export async function wantedNetwork(sources: WantedSources, record: NetworkRecord): Promise<WantedNetwork> {
  return (await wantedWithPackages(sources, record)).wanted
}

/** The same with the packages whose ids it names. */
export async function wantedWithPackages(
  sources: WantedSources,
  record: NetworkRecord,
): Promise<{ readonly wanted: WantedNetwork; readonly packages: ReadonlyMap<string, ContractPackage> }> {
  const { id, name, spec, nodes, power, deleting } = record
  const addresses = await nodeAddresses(record, (hostId) => sources.driver(hostId))
  const packages = await contractPackages(
    sources.ledger(record.runtime.kind),
    sources.store.packages,
    record,
    addresses,
  )
  const packageIds = Object.fromEntries([...packages].map(([key, made]) => [key, made.id]))
  return { wanted: { id, name, spec, nodes, power, deleting, addresses, packageIds }, packages }
}
