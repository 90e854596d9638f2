import { stableJson } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { ChainConfig } from '../chain-config.ts'
import type { Envelope } from '../envelope.ts'
import type { Chain } from './chain.ts'
import type { Copy, Volume } from './volume.ts'

/**
 * Copies at the consenters of the chain that answer now, brought up to date from one another. An orderer that lost its data
 * and joined anew gets it back only from one that still has it.
 */
export function liveConsenters(chain: Chain, live: readonly Volume[]): Copy[] {
  const copies = live
    .map((volume) => volume.copies.get(chain.name))
    .filter((copy) => copy !== undefined && copy.chain === chain && copy.kind === 'orderer')
    .filter((copy) => copy !== undefined)
  const highest = Math.max(0, ...copies.map((copy) => copy.height))
  for (const copy of copies) copy.height = highest
  return copies.filter((copy) => chain.config.consenters.includes(copy.endpoint))
}

/** The consenter that leads; undefined when too few answer, or when those that answer have lost blocks. */
export function leaderOf(chain: Chain, consenters: readonly Copy[]): Copy | undefined {
  if (consenters.length < quorum(chain.config)) return undefined
  return consenters.find((copy) => copy.height === chain.height)
}

/** Raft: more than half. SmartBFT: ⌈(n + f + 1) / 2⌉ with f = ⌊(n − 1) / 3⌋. */
function quorum({ consensus, consenters }: ChainConfig): number {
  const n = consenters.length
  if (consensus.type === 'raft') return Math.floor(n / 2) + 1
  return Math.ceil((n + Math.floor((n - 1) / 3) + 1) / 2)
}

/** What an orderer refuses before it orders. `live` are the chain's consenters that answer. */
export function checkEnvelope(chain: Chain, envelope: Envelope, live: readonly Copy[]): void {
  if (envelope.type !== 'config') return
  const { config } = envelope
  const now = chain.config
  const detail = (text: string) => new PlatformError('LEDGER_REFUSED', { channel: chain.name, detail: text })
  if (config.sequence !== now.sequence) {
    // Whoever looks again makes one for the present sequence.
    throw new PlatformError('LEDGER_BUSY', {
      channel: chain.name,
      detail: `the update was made for sequence ${config.sequence}, the channel is at ${now.sequence}`,
    })
  }
  if (config.consensus.type !== now.consensus.type) throw detail('the kind of consensus cannot change')
  for (const [name, authority] of Object.entries(now.authorities)) {
    if (config.authorities[name] !== undefined && config.authorities[name] !== authority) {
      throw detail(`the authority of ${name} is another`)
    }
  }
  checkConsenters(chain, config, live)
}

/** One consenter at a time, and none that would cost the quorum: `UnacceptableQuorumLoss` of Fabric's etcdraft/membership.go. */
function checkConsenters(chain: Chain, wanted: ChainConfig, live: readonly Copy[]): void {
  const added = wanted.consenters.filter((endpoint) => !chain.config.consenters.includes(endpoint))
  const taken = chain.config.consenters.filter((endpoint) => !wanted.consenters.includes(endpoint))
  if (added.length + taken.length === 0) return
  if (added.length + taken.length > 1) {
    throw new PlatformError('LEDGER_REFUSED', {
      channel: chain.name,
      detail: `update of more than one consenter at a time is not supported, requested changes: ${stableJson({ added, taken })}`,
    })
  }
  const active = live.filter((copy) => !taken.includes(copy.endpoint)).length
  const enough = active >= quorum(wanted)
  if (enough || (added.length === 1 && wanted.consenters.length <= 2)) return
  throw new PlatformError('QUORUM_AT_RISK', {
    channel: chain.name,
    detail: `${active} of ${wanted.consenters.length} orderers would be active`,
  })
}
