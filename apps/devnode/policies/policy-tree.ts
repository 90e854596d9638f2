/** The policies of a config, found by path as Fabric finds them. */
import { decode } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import type { Policy } from './policy.ts'
import { signaturePolicy } from './signature-policy.ts'

export interface PolicyTree {
  /** `Channel/Orderer` … */
  readonly path: string
  /** Own policies by name, and those of all groups below by relative path: `Org1MSP/Admins`. */
  readonly policies: ReadonlyMap<string, Policy>
  readonly children: ReadonlyMap<string, PolicyTree>
}

/** @throws Error naming the policy that does not compile */
export function buildPolicyTree(path: string, group: common.ConfigGroup): PolicyTree {
  const children = new Map<string, PolicyTree>()
  for (const [name, child] of group.getGroupsMap().entries()) {
    children.set(name, buildPolicyTree(`${path}/${name}`, child))
  }
  const policies = new Map<string, Policy>()
  for (const [name, { policy }] of policiesOf(group)) {
    if (!policy) throw new Error(`policy ${name} at path ${path} was nil`)
    policies.set(name, compile(name, path, policy, children))
  }
  for (const [childName, child] of children) {
    for (const [name, policy] of child.policies) policies.set(`${childName}/${name}`, policy)
  }
  return { path, policies, children }
}

/** A policy by its name here, its relative path, or its absolute path (`/Channel/Writers`); undefined: everybody is refused. */
export function findPolicy(tree: PolicyTree, id: string): Policy | undefined {
  if (!id.startsWith('/')) return tree.policies.get(id)
  const root = `/${tree.path}/`
  return id.startsWith(root) ? tree.policies.get(id.slice(root.length)) : undefined
}

/** The tree of a group, by the names of the groups on the way. */
export function treeAt(tree: PolicyTree, path: readonly string[]): PolicyTree | undefined {
  const [name, ...rest] = path
  if (name === undefined) return tree
  const child = tree.children.get(name)
  return child && treeAt(child, rest)
}

function policiesOf(group: common.ConfigGroup): [string, { readonly policy: common.Policy | undefined }][] {
  return [...group.getPoliciesMap().entries()].map(([name, value]) => [name, { policy: value.getPolicy() }])
}

function compile(name: string, path: string, policy: common.Policy, children: ReadonlyMap<string, PolicyTree>): Policy {
  const { IMPLICIT_META, SIGNATURE } = common.Policy.PolicyType
  const value = policy.getValue_asU8()
  try {
    if (policy.getType() === IMPLICIT_META) return implicitMeta(value, children)
    if (policy.getType() === SIGNATURE) return signaturePolicy(value)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`policy ${name} at path ${path} did not compile: ${reason}`, { cause: error })
  }
  throw new Error(`policy ${name} at path ${path} has unknown policy type: ${policy.getType()}`)
}

/** ANY, ALL or the MAJORITY of the groups below must have their policy of that name satisfied; with no groups, nobody must. */
function implicitMeta(encoded: Uint8Array, children: ReadonlyMap<string, PolicyTree>): Policy {
  const definition = decode(common.ImplicitMetaPolicy, encoded)
  const name = definition.getSubPolicy()
  const policies = [...children.values()].map((child) => findPolicy(child, name))
  const { ANY, ALL } = common.ImplicitMetaPolicy.Rule
  const rule = definition.getRule()
  const most = rule === ALL ? policies.length : Math.floor(policies.length / 2) + 1
  const needed = policies.length === 0 ? 0 : rule === ANY ? 1 : most
  return (signers) => {
    const satisfied = policies.filter((policy) => policy && policy(signers) === undefined).length
    if (satisfied >= needed) return undefined
    return `implicit policy evaluation failed - ${satisfied} sub-policies were satisfied, but this policy requires ${needed} of the '${name}' sub-policies to be satisfied`
  }
}
