import type { NetworkSpec } from '@cello/model'
import type { Ledger } from '@cello/ports'

/** The document with its policies as the ledger prints them, since that is what they are compared with. @throws LEDGER_REFUSED */
export function normalizePolicies(spec: NetworkSpec, ledger: Pick<Ledger, 'normalizePolicy'>): NetworkSpec {
  return {
    ...spec,
    channels: spec.channels.map((channel) => ({
      ...channel,
      contracts: channel.contracts.map((contract) => ({
        ...contract,
        ...(contract.policy !== undefined && { policy: ledger.normalizePolicy(contract.policy) }),
        collections: contract.collections.map((collection) => ({
          ...collection,
          policy: ledger.normalizePolicy(collection.policy),
        })),
      })),
    })),
  }
}
