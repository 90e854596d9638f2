/** Keeps every channel of a peer at the height of its orderers: pulls blocks from one of them, and turns to another when it fails. */
import { setTimeout } from 'node:timers/promises'
import type { OpenPeerChannels } from '../committing/open-peer-channels.ts'
import type { PeerChannel } from '../committing/peer-channel.ts'
import { type Log, reasonOf } from '../operations/log.ts'
import { type OrdererEndpoint, type OrdererOverride, ordererEndpoints, sameEndpoints } from './orderer-endpoints.ts'
import { type PullOptions, pullBlocks } from './pull-blocks.ts'

type Paced = 'keepalive' | 'connectTimeoutMs'

export interface FollowOptions extends Omit<PullOptions, Paced>, Partial<Pick<PullOptions, Paced>> {
  readonly channels: Pick<OpenPeerChannels, 'get' | 'names' | 'onJoin'>
  readonly overrides?: readonly OrdererOverride[]
  /** Milliseconds between tries: the first, and at most. */
  readonly backoff?: { readonly firstMs: number; readonly mostMs: number }
  readonly log: Pick<Log, 'info'>
}

/** Fabric's own pace, but for the longest wait: its hour is none for a node that one works with. */
const defaults = {
  keepalive: { intervalMs: 60_000, timeoutMs: 20_000 },
  connectTimeoutMs: 3_000,
  backoff: { firstMs: 100, mostMs: 2_000 },
} as const
/** Milliseconds that a running commit gets when the peer stops. */
const graceMs = 1_000
/** Of Fabric's deliverer (`backoffExponentBase`). */
const growth = 1.2

/** Follows all channels that are joined now, and those that will be, until it is disposed of. */
export function followOrderers(options: FollowOptions): AsyncDisposable {
  const { channels } = options
  const stop = new AbortController()
  const running = new Set<Promise<void>>()
  const follow = (channel: PeerChannel | undefined) => {
    if (!channel) return
    const run = followChannel(channel, { ...defaults, ...options, signal: stop.signal })
    running.add(run)
    void run.finally(() => running.delete(run))
  }
  const forgetJoins = channels.onJoin(follow)
  for (const name of channels.names()) follow(channels.get(name))
  return {
    async [Symbol.asyncDispose]() {
      forgetJoins()
      stop.abort()
      // A block that is being committed may wait for the private values of others.
      await Promise.race([Promise.all(running), setTimeout(graceMs, undefined, { ref: false })])
    },
  }
}

type Following = Required<Omit<FollowOptions, 'tls' | 'overrides'>> &
  Pick<FollowOptions, 'tls' | 'overrides'> & { readonly signal: AbortSignal }

async function followChannel(channel: PeerChannel, following: Following): Promise<void> {
  const { backoff, overrides, signal, log } = following
  let failures = 0
  let place = Math.floor(Math.random() * 1_000)
  while (!signal.aborted && channel.isReady) {
    const endpoints = ordererEndpoints(channel.config, overrides)
    const endpoint = endpoints[place++ % Math.max(endpoints.length, 1)]
    const before = channel.height
    try {
      if (!endpoint) throw new Error('no endpoints currently defined')
      await pullFrom(endpoint, endpoints, channel, following)
      failures = 0
      continue
    } catch (error) {
      failures = channel.height > before ? 1 : failures + 1
      if (signal.aborted) return
      const facts = { channel: channel.name, orderer: endpoint?.address ?? 'none', reason: reasonOf(error) }
      log.info('disconnected from the ordering service', facts)
    }
    await pause(Math.min(backoff.firstMs * growth ** (failures - 1), backoff.mostMs), signal)
  }
}

/** Takes blocks until the config names other orderers. @throws Error saying why this one is left */
async function pullFrom(
  endpoint: OrdererEndpoint,
  endpoints: readonly OrdererEndpoint[],
  channel: PeerChannel,
  following: Following,
): Promise<void> {
  const { signal, overrides } = following
  const request = { endpoint, channel: channel.name, from: channel.height, signal }
  for await (const block of pullBlocks(request, following)) {
    const { sequence } = channel.config
    await channel.commit(block)
    if (channel.config.sequence === sequence) continue
    if (!sameEndpoints(endpoints, ordererEndpoints(channel.config, overrides))) return
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined)
}
