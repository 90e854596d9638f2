/** Which policies guard what a contract writes, by the definitions committed before this block. */
import type { ChannelConfig } from '../config/channel-config.ts'
import type { ContractDefinition } from '../lifecycle/definition.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { StateReader } from '../state/world-state.ts'
import {
  applicationPolicy,
  implicitCollectionPolicy,
  implicitOwner,
  lifecyclePolicy,
  type NamedPolicy,
} from './application-policy.ts'
import { Invalid } from './verdict.ts'

export interface NamespacePolicies {
  /** Of the contract itself. @throws Error when it cannot be evaluated, which fails an endorsement as in Fabric */
  readonly own: () => NamedPolicy
  /** Of a collection: its own or, without one, the contract's. @throws Error when there is no such collection */
  readonly collection: (name: string) => NamedPolicy
}

export interface PolicySources {
  readonly config: ChannelConfig
  readonly state: StateReader
  readonly lifecycle: Pick<Lifecycle, 'definition'>
}

/** Looks definitions up, each once: make a new one for every block. */
export function policyFinder(sources: PolicySources): (namespace: string) => NamespacePolicies {
  const found = new Map<string, NamespacePolicies>()
  return (namespace) => {
    const known = found.get(namespace)
    if (known) return known
    const policies = namespace === '_lifecycle' ? lifecyclePolicies(sources) : contractPolicies(namespace, sources)
    found.set(namespace, policies)
    return policies
  }
}

function lifecyclePolicies({ config }: PolicySources): NamespacePolicies {
  const own = lazily(() => lifecyclePolicy(config))
  return { own, collection: byName((name) => implicitOnly(name, config)) }
}

function implicitOnly(name: string, config: ChannelConfig): NamedPolicy {
  const owner = implicitOwner(name)
  if (owner === undefined) throw new Error(`no such collection '${name}'`)
  return implicitCollectionPolicy(owner, config)
}

function contractPolicies(namespace: string, { config, state, lifecycle }: PolicySources): NamespacePolicies {
  const definition = lifecycle.definition(state, namespace)
  if (!definition) throw new Invalid('INVALID_CHAINCODE', `chaincode ${namespace} not found`)
  checkPlugin(definition)
  const { validationParameter, collections } = definition
  const own = lazily(() => applicationPolicy(validationParameter, `${namespace}: endorsement policy`, config))
  const collection = byName((name) => {
    if (implicitOwner(name) !== undefined) return implicitOnly(name, config)
    const listed = collections.find((one) => one.getName() === name)
    if (!listed) throw new Error(`no such collection '${name}'`)
    const policy = listed.getEndorsementPolicy()
    return policy
      ? applicationPolicy(policy.serializeBinary(), `${namespace}/${name}: endorsement policy`, config)
      : own()
  })
  return { own, collection }
}

/** Fabric stops the channel of a peer that lacks a definition's plugin. */
function checkPlugin({ name, validationPlugin, validationParameter }: ContractDefinition): void {
  const invalid = (field: string) =>
    new Invalid('INVALID_CHAINCODE', `chaincode definition for [${name}] is invalid, ${field} field must be set`)
  if (validationPlugin === '') throw invalid('plugin')
  if (validationParameter.length === 0) throw invalid('policy')
  if (validationPlugin === 'vscc') return
  throw new Error(
    `plugin with name ${validationPlugin} couldn't be used: plugin with name ${validationPlugin} wasn't found`,
  )
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function byName<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, { readonly value: T }>()
  return (name) => {
    const known = made.get(name) ?? { value: make(name) }
    made.set(name, known)
    return known.value
  }
}
