import type { Collection, NetworkSpec } from '@cello/model'
import type { Ledger } from '@cello/ports'

type Policies = Pick<Ledger, 'normalizePolicy'>

/** The document with its policies as the ledger prints them, since that is what they are compared with. @throws LEDGER_REFUSED */
export function normalizePolicies(spec: NetworkSpec, ledger: Policies): NetworkSpec {
  return {
    ...spec,
    channels: spec.channels.map((channel) => ({
      ...channel,
      contracts: channel.contracts.map((contract) => ({
        ...contract,
        ...(contract.policy !== undefined && { policy: ledger.normalizePolicy(contract.policy) }),
        collections: contract.collections.map((collection) => normalizeCollection(collection, ledger)),
      })),
    })),
  }
}

function normalizeCollection(collection: Collection, ledger: Policies): Collection {
  const { policy, endorsementPolicy } = collection
  return {
    ...collection,
    policy: ledger.normalizePolicy(policy),
    ...(endorsementPolicy &&
      'signaturePolicy' in endorsementPolicy && {
        endorsementPolicy: { signaturePolicy: ledger.normalizePolicy(endorsementPolicy.signaturePolicy) },
      }),
  }
}
