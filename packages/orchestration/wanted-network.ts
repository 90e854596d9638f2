import type { WantedNetwork } from '@cello/planning'
import type { Driver, Ledger, NetworkRecord, PackageStore } from '@cello/ports'
import { contractPackages, type MadePackage } from './contract-packages.ts'
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

/** The same with the packages whose ids it names. @param known packages that were made for it before */
export async function wantedWithPackages(
  sources: WantedSources,
  record: NetworkRecord,
  known: ReadonlyMap<string, MadePackage> = new Map(),
): Promise<{ readonly wanted: WantedNetwork; readonly packages: ReadonlyMap<string, MadePackage> }> {
  const { id, name, spec, nodes, power, deleting } = record
  const addresses = await nodeAddresses(record, (hostId) => sources.driver(hostId))
  const from = { ledger: sources.ledger(record.runtime.kind), packages: sources.store.packages }
  const packages = await contractPackages(from, record, addresses, known)
  const packageIds = Object.fromEntries([...packages].map(([key, made]) => [key, made.id]))
  return { wanted: { id, name, spec, nodes, power, deleting, addresses, packageIds }, packages }
}
