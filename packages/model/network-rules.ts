import type { ChannelSpec } from './channel.ts'
import { consensusProblems } from './consensus-rules.ts'
import type { DeploymentSpec } from './deployment.ts'
import { domainOf, mspIdOf } from './organization-names.ts'

/** The parts of a network document that rules between its fields speak of. */
interface Ruled {
  readonly name: string
  readonly organizations: readonly {
    readonly name: string
    readonly mspId?: string | undefined
    readonly domain?: string | undefined
    readonly orderers: readonly { readonly name: string }[]
    readonly peers: readonly { readonly name: string }[]
  }[]
  readonly channels: readonly ChannelSpec[]
}

export interface SpecProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** What is wrong between the fields of a document whose fields are each right. Empty when nothing is. */
export function networkSpecProblems(spec: Ruled): SpecProblem[] {
  return [
    ...repeated(
      spec.organizations.map((org) => org.name.toLowerCase()),
      ['organizations'],
      'organization',
    ),
    ...repeated(spec.organizations.map(mspIdOf), ['organizations'], 'MSP id'),
    ...spec.organizations.flatMap((org, index) =>
      repeated(
        [...org.orderers, ...org.peers].map((node) => node.name),
        ['organizations', index],
        'node name',
      ),
    ),
    ...spec.organizations.flatMap((org, index) =>
      certificateNameProblems(spec, org, ['organizations', index, 'domain']),
    ),
    ...repeated(
      spec.channels.map((channel) => channel.name),
      ['channels'],
      'channel',
    ),
    ...spec.channels.flatMap((channel, index) => channelProblems(spec, channel, ['channels', index])),
  ]
}

/** X.509's longest common name and organization (RFC 5280, appendix A). */
const longestCertificateName = 64

/** The names that an organization's certificates get are its domain with something before it. */
function certificateNameProblems(
  spec: Ruled,
  org: Ruled['organizations'][number],
  path: SpecProblem['path'],
): SpecProblem[] {
  const domain = domainOf(spec, org)
  const nodes = [...org.orderers, ...org.peers].map((node) => `${node.name}.${domain}`)
  const [longest = ''] = [`tlsca.${domain}`, `Admin@${domain}`, ...nodes].sort((a, b) => b.length - a.length)
  if (longest.length <= longestCertificateName) return []
  const message = `certificates take names of ${longestCertificateName} characters, and ${longest} has ${longest.length}`
  return [{ path, message: `${message}: give the organization a shorter domain` }]
}

function repeated(names: readonly string[], path: SpecProblem['path'], noun: string): SpecProblem[] {
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  return [...new Set(twice)].map((name) => ({ path, message: `the ${noun} ${name} stands here twice` }))
}

function channelProblems(spec: Ruled, channel: ChannelSpec, path: SpecProblem['path']): SpecProblem[] {
  const orderers = pick(spec, channel.orderers).flatMap((org) => org.orderers)
  const members = pick(spec, channel.members).filter((org) => org.peers.length > 0)
  const problems: SpecProblem[] = [
    ...unknownOrganizations(spec, channel.orderers ?? [], [...path, 'orderers']),
    ...unknownOrganizations(spec, channel.members ?? [], [...path, 'members']),
    ...repeated(
      channel.contracts.map((contract) => contract.name),
      [...path, 'contracts'],
      'contract',
    ),
    ...channel.contracts.flatMap((contract, index) => contractProblems(spec, contract, [...path, 'contracts', index])),
    ...consensusProblems(channel, orderers.length).map((found) => ({ ...found, path: [...path, ...found.path] })),
  ]
  if (orderers.length === 0) problems.push({ path, message: 'a channel needs at least one orderer' })
  if (members.length === 0) problems.push({ path, message: 'a channel needs at least one member with a peer' })
  return problems
}

function contractProblems(spec: Ruled, contract: DeploymentSpec, path: SpecProblem['path']): SpecProblem[] {
  const refs = new Set(spec.organizations.flatMap((org) => org.peers.map((peer) => `${org.name}/${peer.name}`)))
  const unknown = (contract.peers ?? []).filter((ref) => !refs.has(ref))
  return [
    ...unknownOrganizations(spec, contract.organizations ?? [], [...path, 'organizations']),
    ...unknown.map((ref) => ({ path: [...path, 'peers'], message: `there is no peer ${ref} in this network` })),
    ...policiesOf(contract).flatMap(({ text, at }) => strangersIn(spec, text, [...path, ...at])),
    ...repeated(
      contract.collections.map((collection) => collection.name),
      [...path, 'collections'],
      'collection',
    ),
  ]
}

interface WrittenPolicy {
  readonly text: string
  /** Below the contract. */
  readonly at: SpecProblem['path']
}

/** The signature policies of a contract and its collections. */
function policiesOf({ policy, collections }: DeploymentSpec): WrittenPolicy[] {
  return [
    ...(policy === undefined ? [] : [{ text: policy, at: ['policy'] }]),
    ...collections.flatMap(({ policy: members, endorsementPolicy }, index) => [
      { text: members, at: ['collections', index, 'policy'] },
      ...(endorsementPolicy && 'signaturePolicy' in endorsementPolicy
        ? [{ text: endorsementPolicy.signaturePolicy, at: ['collections', index, 'endorsementPolicy'] }]
        : []),
    ]),
  ]
}

/** The ledger takes a policy that asks for an organization that does not exist, and nothing satisfies it afterwards. */
function strangersIn(spec: Ruled, policy: string, path: SpecProblem['path']): SpecProblem[] {
  const known = spec.organizations.map(mspIdOf)
  const named = [...policy.matchAll(/['"]([^'"]*)\.\w+['"]/g)].map(([, mspId = '']) => mspId)
  return [...new Set(named)]
    .filter((mspId) => !known.includes(mspId))
    .map((mspId) => ({
      path,
      message: `no organization of this network has the MSP id ${mspId}: there are ${known.join(', ')}`,
    }))
}

function pick(spec: Ruled, names: readonly string[] | undefined): Ruled['organizations'] {
  return names === undefined ? spec.organizations : spec.organizations.filter((org) => names.includes(org.name))
}

function unknownOrganizations(spec: Ruled, names: readonly string[], path: SpecProblem['path']): SpecProblem[] {
  const known = new Set(spec.organizations.map((org) => org.name))
  return names
    .filter((name) => !known.has(name))
    .map((name) => ({ path, message: `there is no organization ${name} in this network` }))
}
