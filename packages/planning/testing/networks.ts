import { NetworkSpec, type NetworkSpecInput, type NodeRecord } from '@cello/model'
import { allotNodes } from '../allot-nodes.ts'
import { packageKey, type WantedNetwork } from '../wanted.ts'

export const hostId = 'host'

/** Three Raft orderers, two organizations with one peer each, one channel. */
export function smallSpec(change: Partial<NetworkSpecInput> = {}): NetworkSpec {
  return NetworkSpec.parse({
    name: 'demo',
    runtime: { kind: 'fake' },
    organizations: [
      { name: 'Orderer', orderers: [{ name: 'orderer0' }, { name: 'orderer1' }, { name: 'orderer2' }] },
      { name: 'Org1', peers: [{ name: 'peer0' }] },
      { name: 'Org2', peers: [{ name: 'peer0' }] },
    ],
    channels: [{ name: 'main' }],
    ...change,
  })
}

/** The same document after an edit of its input form. */
export function edited(spec: NetworkSpec, edit: (spec: NetworkSpecInput) => unknown): NetworkSpec {
  const draft: NetworkSpecInput = structuredClone(spec)
  edit(draft)
  return NetworkSpec.parse(draft)
}

/** Rows as `networks.change` keeps them: new ones are added, changed ones replaced, ports counted up from those there are. */
export function allotted(spec: NetworkSpec, existing: readonly NodeRecord[] = []): NodeRecord[] {
  let port = Math.max(20_000, ...existing.flatMap(({ ports }) => Object.values(ports)))
  let count = Math.max(0, ...existing.map(({ id }) => Number(id.slice(1))))
  const changed = allotNodes({
    networkId: 'network',
    spec,
    existing,
    hostId,
    takePort: () => ++port,
    newId: () => `n${String(++count).padStart(3, '0')}`,
    now: 1,
  })
  return [...new Map([...existing, ...changed].map((node) => [node.id, node])).values()]
}

/** What is wanted of a network with this document and these rows. Package ids hang on contract nodes' addresses, as real ones do. */
export function wantedOf(
  spec: NetworkSpec,
  change: Partial<Pick<WantedNetwork, 'nodes' | 'power' | 'deleting'>> = {},
): WantedNetwork {
  const nodes = change.nodes ?? allotted(spec)
  const addresses = Object.fromEntries(nodes.map(({ id }) => [id, '127.0.0.1']))
  const packageIds = spec.channels.flatMap((channel) =>
    channel.contracts.flatMap((contract) =>
      spec.organizations.flatMap((org) => {
        const node = nodes.find(
          (candidate) =>
            !candidate.removed &&
            candidate.organization === org.name &&
            candidate.contract?.channel === channel.name &&
            candidate.contract.name === contract.name &&
            candidate.contract.package === contract.package,
        )
        const key = packageKey(channel.name, contract.name, org.name)
        return node ? [[key, `${contract.name}_${contract.version}:${node.id}`]] : []
      }),
    ),
  )
  return {
    id: 'network',
    name: spec.name,
    spec,
    nodes,
    power: 'running',
    deleting: false,
    addresses,
    packageIds: Object.fromEntries(packageIds),
    ...change,
  }
}

/** A package digest made of one letter. */
export function digest(letter: string): string {
  return letter.repeat(64)
}
