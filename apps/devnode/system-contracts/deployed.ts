import type { Contract } from '../contracts/contract.ts'

/** What `chaincode.system` of core.yaml says of each of the peer's contracts; one that it does not name is not deployed. */
export type DeployedNames = Readonly<Record<'_lifecycle' | 'cscc' | 'qscc', boolean>>

/** The peer's own contracts that can be called. */
export function deployedContracts(
  wanted: DeployedNames,
  contracts: Readonly<Record<keyof DeployedNames, Contract>>,
): ReadonlyMap<string, Contract> {
  const names = ['_lifecycle', 'cscc', 'qscc'] as const
  return new Map(names.filter((name) => wanted[name]).map((name) => [name, contracts[name]]))
}
