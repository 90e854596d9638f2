import type { NetworkSpecInput, RuntimeKind } from '@cello/model'
import { CommandError, exitCodes } from './exit-codes.ts'

export interface DefaultNetworkOptions {
  readonly name: string
  readonly orgs: number
  /** Of each organization. */
  readonly peers: number
  /** Default: 3 for Raft, 4 for BFT: the fewest that outlive the loss of one; 1 of devnodes, which order alone. */
  readonly orderers?: number | undefined
  readonly consensus: 'raft' | 'bft'
  readonly channel: string
  readonly version?: string | undefined
  readonly runtime: 'auto' | RuntimeKind
}

/** The document of a network of the usual shape: an ordering organization, organizations with peers, one channel of all. */
export function defaultNetwork(options: DefaultNetworkOptions): NetworkSpecInput {
  const { name, orgs, peers, consensus, channel, version, runtime } = options
  const fewest = consensus === 'bft' ? 4 : 3
  const orderers = options.orderers ?? (runtime === 'devnode' ? 1 : fewest)
  return {
    name,
    runtime: { kind: runtime, ...(version && { version }) },
    organizations: [
      { name: 'Orderer', orderers: numbered('orderer', orderers) },
      ...Array.from({ length: orgs }, (_, index) => ({ name: `Org${index + 1}`, peers: numbered('peer', peers) })),
    ],
    channels: [{ name: channel, consensus: { type: consensus } }],
  }
}

function numbered(prefix: string, count: number): { name: string }[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}` }))
}

/** Parses a count in a range. @throws CommandError */
export function countFrom(min: number, max: number): (text: string) => number {
  return (text) => {
    const count = Number(text)
    if (Number.isInteger(count) && count >= min && count <= max) return count
    throw new CommandError(exitCodes.usage, `${text} is not a whole number from ${min} to ${max}.`)
  }
}
