/** What this peer says of itself, signed anew where something has changed. */
import { msp } from '@hyperledger/fabric-protos'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { LocalSigner } from '../msp/local-msp.ts'
import type { ChannelStatement, Entry, Question, Signed } from './message.ts'
import type { Neighbour, NeighbourContract } from './neighbours.ts'
import { memberOf, sign } from './statements.ts'

export interface OwnStatements {
  /** Base64 of the own identity. */
  readonly identity: string
  neighbour(): Neighbour
  /** For members of this organization. */
  entryFor(mspId: string): Entry
  questionTo(mspId: string): Signed
  /** Looks again which contracts can be run. @returns whether that, or the set of channels, has changed */
  refresh(): boolean
}

export interface OwnStatementsOptions {
  readonly signer: LocalSigner
  readonly endpoint: string
  readonly channels: PeerChannels
  readonly lifecycle: () => Lifecycle
  /** How old a sign of life may be before it is made anew. */
  readonly freshMs: number
}

interface OwnChannel {
  readonly contracts: readonly NeighbourContract[]
  signed?: { readonly height: number; readonly statement: Signed }
}

/** `_lifecycle` is told like a contract of sequence 1, so that discovery knows who endorses for it. */
const lifecycleContract: NeighbourContract = { name: '_lifecycle', version: '1' }

export function ownStatements({ signer, endpoint, channels, lifecycle, freshMs }: OwnStatementsOptions): OwnStatements {
  const identity = Buffer.from(signer.serialized).toString('base64')
  const mspId = msp.SerializedIdentity.deserializeBinary(signer.serialized).getMspid()
  let known = new Map<string, OwnChannel>()
  let lastTime = 0
  let peer: { readonly time: number; readonly statement: Signed } | undefined
  const nextTime = (): number => {
    lastTime = Math.max(Date.now(), lastTime + 1)
    return lastTime
  }
  const signOfLife = (): Signed => {
    if (!peer || Date.now() - peer.time >= freshMs) {
      const time = nextTime()
      peer = { time, statement: sign(signer, { kind: 'peer', time, endpoint }) }
    }
    return peer.statement
  }
  const channelStatement = (name: string, { height }: PeerChannel, own: OwnChannel): Signed => {
    if (own.signed?.height !== height) {
      const contracts = own.contracts.map((one) => [one.name, one.version] as const)
      const statement: ChannelStatement = { kind: 'channel', time: nextTime(), channel: name, height, contracts }
      own.signed = { height, statement: sign(signer, statement) }
    }
    return own.signed.statement
  }
  const joined = (): [string, PeerChannel, OwnChannel][] =>
    [...known].flatMap(([name, own]) => {
      const channel = channels.get(name)
      return channel ? [[name, channel, own] as [string, PeerChannel, OwnChannel]] : []
    })
  return {
    identity,
    neighbour: () => ({
      endpoint,
      mspId,
      identity: signer.serialized,
      channels: new Map(joined().map(([name, { height }, { contracts }]) => [name, { height, contracts }])),
    }),
    entryFor: (toMspId) => ({
      identity,
      peer: signOfLife(),
      channels: joined()
        .filter(([, channel]) => memberOf(channel, toMspId))
        .map(([name, channel, own]) => channelStatement(name, channel, own)),
    }),
    questionTo: (to) => sign(signer, { kind: 'question', time: Date.now(), to } satisfies Question),
    refresh() {
      const next = new Map<string, OwnChannel>()
      let hasChanged = false
      for (const name of channels.names()) {
        const channel = channels.get(name)
        if (!channel) continue
        const contracts = runnable(channel, lifecycle())
        const before = known.get(name)
        const isSame = before !== undefined && JSON.stringify(before.contracts) === JSON.stringify(contracts)
        next.set(name, isSame ? before : { contracts })
        hasChanged ||= !isSame
      }
      hasChanged ||= next.size !== known.size
      known = next
      return hasChanged
    },
  }
}

function runnable(channel: PeerChannel, lifecycle: Lifecycle): readonly NeighbourContract[] {
  const contracts = lifecycle.defined(channel.state).flatMap((name) => {
    const definition = lifecycle.definition(channel.state, name)
    const runs = definition !== undefined && lifecycle.packageOf(channel, name) !== undefined
    return runs ? [{ name, version: String(definition.sequence) }] : []
  })
  return [...contracts, lifecycleContract]
}
