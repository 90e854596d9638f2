/** What this peer says of itself, signed anew where something has changed. */
import { decode } from '@cello/fabric/codec'
import { msp } from '@hyperledger/fabric-protos'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { LocalSigner } from '../msp/local-msp.ts'
import type { Entry, Signed } from './message.ts'
import type { Neighbour, NeighbourContract } from './neighbours.ts'
import { memberOf, sign } from './statements.ts'

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

export class OwnStatements {
  /** Base64 of the own identity. */
  readonly identity: string
  readonly #options: OwnStatementsOptions
  readonly #mspId: string
  #channels = new Map<string, OwnChannel>()
  #lastTime = 0
  #life: { readonly time: number; readonly statement: Signed } | undefined

  constructor(options: OwnStatementsOptions) {
    const { serialized } = options.signer
    this.#options = options
    this.identity = Buffer.from(serialized).toString('base64')
    this.#mspId = decode(msp.SerializedIdentity, serialized).getMspid()
  }

  neighbour(): Neighbour {
    const { endpoint, signer } = this.#options
    const channels = this.#joined().map(([name, { height }, { contracts }]) => [name, { height, contracts }] as const)
    return { endpoint, mspId: this.#mspId, identity: signer.serialized, channels: new Map(channels) }
  }

  /** For members of this organization. */
  entryFor(mspId: string): Entry {
    const channels = this.#joined()
      .filter(([, channel]) => memberOf(channel, mspId))
      .map(([name, channel, own]) => this.#channelStatement(name, channel, own))
    return { identity: this.identity, peer: this.#signOfLife(), channels }
  }

  questionTo(to: string): Signed {
    return sign(this.#options.signer, { kind: 'question', time: Date.now(), to })
  }

  /** Looks again which contracts can be run. @returns whether that, or the set of channels, has changed */
  refresh(): boolean {
    const { channels, lifecycle } = this.#options
    const next = new Map<string, OwnChannel>()
    let hasChanged = false
    for (const name of channels.names()) {
      const channel = channels.get(name)
      if (!channel) continue
      const contracts = runnable(channel, lifecycle())
      const before = this.#channels.get(name)
      const isSame = before !== undefined && JSON.stringify(before.contracts) === JSON.stringify(contracts)
      next.set(name, isSame ? before : { contracts })
      hasChanged ||= !isSame
    }
    hasChanged ||= next.size !== this.#channels.size
    this.#channels = next
    return hasChanged
  }

  #joined(): [string, PeerChannel, OwnChannel][] {
    return [...this.#channels].flatMap(([name, own]) => {
      const channel = this.#options.channels.get(name)
      return channel ? [[name, channel, own] as [string, PeerChannel, OwnChannel]] : []
    })
  }

  #signOfLife(): Signed {
    const { signer, endpoint, freshMs } = this.#options
    if (!this.#life || Date.now() - this.#life.time >= freshMs) {
      const time = this.#nextTime()
      this.#life = { time, statement: sign(signer, { kind: 'peer', time, endpoint }) }
    }
    return this.#life.statement
  }

  #channelStatement(channel: string, { height }: PeerChannel, own: OwnChannel): Signed {
    if (own.signed?.height !== height) {
      const contracts = own.contracts.map(({ name, version }) => [name, version] as const)
      const statement = { kind: 'channel', time: this.#nextTime(), channel, height, contracts } as const
      own.signed = { height, statement: sign(this.#options.signer, statement) }
    }
    return own.signed.statement
  }

  #nextTime(): number {
    this.#lastTime = Math.max(Date.now(), this.#lastTime + 1)
    return this.#lastTime
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
