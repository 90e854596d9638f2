import { NetworkSpec, type NetworkSpecInput } from '@cello/model'

/** What a network waits for by its own settings: Raft's tick, and the time a block stays open for more. */
export interface Timing {
  readonly name: 'defaults' | 'tuned'
  readonly tick: string
  readonly batch: string
}

export const timings: readonly Timing[] = [
  { name: 'defaults', tick: '500ms', batch: '2s' },
  { name: 'tuned', tick: '100ms', batch: '200ms' },
]

const names = (kind: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `${kind}${index}` }))

/** The same network as scripts/network.bash makes; all settings that are not named here are Fabric's defaults on both sides. */
export function benchDocument(timing: Timing, digest: string): NetworkSpecInput {
  const contract = { name: 'assets', version: '1.0', package: digest, peers: ['Org1/peer0', 'Org2/peer0'] }
  const document: NetworkSpecInput = {
    name: 'bench',
    organizations: [
      { name: 'Orderer', orderers: names('orderer', 3) },
      { name: 'Org1', peers: names('peer', 2) },
      { name: 'Org2', peers: names('peer', 2) },
    ],
    channels: [
      {
        name: 'bench',
        consensus: { type: 'raft', tickInterval: timing.tick, electionTick: 10, heartbeatTick: 1 },
        batch: { timeout: timing.batch },
        contracts: [contract],
      },
    ],
  }
  return NetworkSpec.parse(document)
}

/** What a user gets on a machine without Fabric: the demonstration on devnodes, which order alone. */
export function devnodeDocument(digest: string): NetworkSpecInput {
  const { organizations, ...rest } = blueprintDocument(digest)
  const alone = organizations.map((org) => ({
    ...org,
    ...(org.orderers?.length ? { orderers: names('orderer', 1) } : {}),
  }))
  return NetworkSpec.parse({ ...rest, runtime: { kind: 'devnode' }, organizations: alone })
}

/** What a user gets who names nothing but organizations and a contract: `npm start`'s demonstration. */
export function blueprintDocument(digest: string): NetworkSpecInput {
  return NetworkSpec.parse({
    name: 'bench',
    organizations: [
      { name: 'Orderer', orderers: names('orderer', 3) },
      { name: 'Org1', peers: names('peer', 1) },
      { name: 'Org2', peers: names('peer', 1) },
    ],
    channels: [{ name: 'bench', contracts: [{ name: 'assets', version: '1.0', package: digest }] }],
  })
}
