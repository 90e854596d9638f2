/** Whether those who endorsed a transaction suffice for everything that it writes (Fabric's built-in validation, v20). */
import type { Identity, Memberships } from '../msp/identity.ts'
import { signersOf } from '../policies/signed-data.ts'
import type { CollectionHashes, NamespaceSet } from '../simulation/rwset.ts'
import type { TraceSink } from '../trace/trace.ts'
import type { NamedPolicy } from './application-policy.ts'
import type { NamespacePolicies } from './namespace-policies.ts'
import type { EndorsedAction } from './read-action.ts'
import { orInvalid } from './verdict.ts'

export interface EndorsementContext {
  readonly policiesOf: (namespace: string) => NamespacePolicies
  readonly memberships: Memberships
  readonly trace?: TraceSink | undefined
}

/** @throws Invalid naming the policy that is not satisfied; Error where the channel cannot go on */
export function checkEndorsements(action: EndorsedAction, context: EndorsementContext): void {
  const evaluate = evaluator(signersOf(action.endorsements, context.memberships), context.trace)
  const written = action.sets.filter(hasWrites).map(({ namespace }) => namespace)
  for (const namespace of new Set([action.contract, ...written])) {
    const policies = context.policiesOf(namespace)
    orInvalid('ENDORSEMENT_POLICY_FAILURE', '', () => {
      for (const set of action.sets) {
        if (set.namespace === namespace) checkWrites(set, policies, evaluate)
      }
      // Even who writes nothing needs the contract's endorsement, unless a collection's policy stood in for it.
      if (evaluate.count(namespace) === 0) evaluate(namespace, policies.own, `chaincode ${namespace}`)
    })
  }
}

interface Evaluate {
  /** Evaluates a policy, once for one place. @throws Error with Fabric's sentence */
  (namespace: string, find: () => NamedPolicy, what: string): void
  /** How many policies were evaluated for a namespace. */
  count(namespace: string): number
}

function evaluator(signers: readonly Identity[], trace: TraceSink | undefined): Evaluate {
  const checked = new Map<string, Set<string>>()
  const names = trace ? signers.map(signerName) : []
  const evaluate = (namespace: string, find: () => NamedPolicy, what: string) => {
    const places = checked.get(namespace) ?? new Set()
    if (places.has(what)) return
    const { name, policy } = find()
    const refusal = policy(signers)
    trace?.add({ kind: 'policy', policy: name, signers: names, ...(refusal === undefined ? {} : { refusal }) })
    if (refusal !== undefined) throw new Error(`validation of endorsement policy for ${what} failed: ${refusal}`)
    checked.set(namespace, places.add(what))
  }
  return Object.assign(evaluate, { count: (namespace: string) => checked.get(namespace)?.size ?? 0 })
}

function checkWrites(set: NamespaceSet, policies: NamespacePolicies, evaluate: Evaluate): void {
  const { namespace, collections } = set
  if (writesPublicly(set)) evaluate(namespace, policies.own, `chaincode ${namespace}`)
  for (const one of collections) {
    if (!writesPrivately(one)) continue
    const name = one.collection
    evaluate(namespace, () => policies.collection(name), `collection ${name} chaincode ${namespace}`)
  }
}

const writesPublicly = ({ writes, metadataWrites }: NamespaceSet): boolean =>
  writes.length > 0 || metadataWrites.length > 0

const writesPrivately = ({ hashedWrites, hashedMetadataWrites }: CollectionHashes): boolean =>
  hashedWrites.length > 0 || hashedMetadataWrites.length > 0

const hasWrites = (set: NamespaceSet): boolean => writesPublicly(set) || set.collections.some(writesPrivately)

function signerName({ certificate, membership }: Identity): string {
  const [, name] = /^CN=(.*)$/m.exec(certificate.x509.subject) ?? []
  return `${membership.mspId}: ${name ?? certificate.x509.subject}`
}
