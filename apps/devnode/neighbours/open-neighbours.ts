/** The peer's neighbours: asked, answered, told of changes, and forgotten when they are gone. */
import { Metadata, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { LocalSigner } from '../msp/local-msp.ts'
import type { Membership } from '../msp/membership.ts'
import type { GrpcService } from '../operations/grpc-listener.ts'
import { reasonOf } from '../operations/log.ts'
import type { Connections } from './connections.ts'
import { openDirectory } from './directory.ts'
import {
  decodeAnswer,
  decodeExchange,
  decodeQuestion,
  encodeMessage,
  exchangeMethod,
  neighboursDefinition,
} from './message.ts'
import type { Neighbours } from './neighbours.ts'
import { ownStatements } from './own-statements.ts'
import { checkQuestion, memberOf, signerOf } from './statements.ts'
import { type Pace, retryDelay, rootsFor, type Target, wantedAddresses } from './targets.ts'

export interface NeighboursOptions {
  readonly channels: PeerChannels
  readonly lifecycle: () => Lifecycle
  readonly signer: LocalSigner
  readonly localMsp: Membership
  readonly connections: Connections
  /** Whether peers are dialled with TLS: as this one's own listener. */
  readonly tls: boolean
  /** `peer.gossip.externalEndpoint`: where others dial this peer. Empty: nobody of another organization sees it. */
  readonly externalEndpoint: string
  /** Other addresses of this very peer, which it need not ask. */
  readonly ownAddresses?: readonly string[]
  /** `peer.gossip.bootstrap`: addresses of peers of the same organization. */
  readonly bootstrap: readonly string[]
  /** Milliseconds without a sign of life after which a peer counts as gone; default 25 s, gossip's own. */
  readonly expiryMs?: number
  readonly pace?: Pace
}

export interface OpenNeighbours extends Neighbours, AsyncDisposable {
  readonly service: GrpcService
  /** Looks what has changed here, a channel joined or a package installed, and tells it at once. */
  tell(): void
}

/** At rest a call to each neighbour every 8 s, or less where it calls; a call each second while there are blocks. */
const usualPace: Pace = { restMs: 8_000, blocksMs: 1_000, retryMs: 250 }
const usualExpiryMs = 25_000
/** Milliseconds that one call may take. */
const callMs = 5_000
/** Milliseconds between two looks whether a channel was joined; a list of names is compared. */
const lookMs = 250

export function openNeighbours(options: NeighboursOptions): OpenNeighbours {
  const { channels, lifecycle, signer, localMsp, connections, externalEndpoint } = options
  const { pace = usualPace, expiryMs = usualExpiryMs } = options
  const organizations = { localMsp, channels }
  const own = ownStatements({ signer, endpoint: externalEndpoint, channels, lifecycle, freshMs: pace.restMs / 2 })
  const directory = openDirectory({ organizations, ownIdentity: own.identity, expiryMs })
  const ownAddresses = new Set([externalEndpoint, ...(options.ownAddresses ?? [])])
  const targets = new Map<string, Target>()
  const watched = new Map<PeerChannel, () => void>()
  const closing = new AbortController()
  let timer: NodeJS.Timeout | undefined

  const entriesFor = (mspId: string) => [own.entryFor(mspId), ...directory.entriesFor(mspId)]

  /** Brings the list of targets up to date. */
  const retarget = (): void => {
    const known = directory.known.values()
    const wanted = wantedAddresses({ bootstrap: options.bootstrap, channels, localMsp, known, own: ownAddresses })
    for (const address of targets.keys()) {
      if (wanted.has(address)) continue
      targets.delete(address)
      connections.drop(address)
    }
    for (const [address, mspId] of wanted) {
      const before = targets.get(address)
      const roots = options.tls ? rootsFor(mspId, organizations) : []
      if (before?.mspId === mspId && before.roots.join('') === roots.join('')) continue
      const now = performance.now()
      targets.set(address, { address, mspId, roots, failures: 0, metAt: 0, dueAt: now, isBusy: false })
    }
    arm()
  }

  const arm = (): void => {
    clearTimeout(timer)
    if (closing.signal.aborted) return
    const due = [...targets.values()].filter(({ isBusy }) => !isBusy).map(({ dueAt }) => dueAt)
    if (due.length === 0) return
    timer = setTimeout(run, Math.max(0, Math.min(...due) - performance.now())).unref()
  }

  const run = (): void => {
    if (directory.expire()) retarget()
    // Installing a package changes what can be run, and no block tells of it.
    own.refresh()
    for (const target of targets.values()) {
      if (!target.isBusy && target.dueAt <= performance.now()) void ask(target)
    }
    arm()
  }

  const ask = async (target: Target): Promise<void> => {
    target.isBusy = true
    target.dueAt = Infinity
    let delay = pace.restMs * (0.9 + Math.random() / 5)
    try {
      const question = own.questionTo(target.mspId)
      const request = encodeMessage({ question, self: own.entryFor(target.mspId) })
      const answer = await call(target, request)
      target.failures = 0
      target.metAt = performance.now()
      hear(decodeAnswer(answer).entries)
    } catch {
      target.failures++
      delay = retryDelay(target.failures, pace)
    }
    target.isBusy = false
    // Somebody may have asked for another call meanwhile.
    target.dueAt = Math.min(target.dueAt, performance.now() + delay)
    arm()
  }

  const call = ({ address, roots }: Target, request: Buffer): Promise<Buffer> => {
    const { path, requestSerialize, responseDeserialize } = exchangeMethod
    const deadline = Date.now() + callMs
    return new Promise((resolve, reject) => {
      const client = connections.to(address, roots)
      const running = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline },
        (error, answer) => {
          closing.signal.removeEventListener('abort', stop)
          if (error || !answer) reject(error ?? new Error('an answer without a message'))
          else resolve(answer)
        },
      )
      const stop = () => running.cancel()
      closing.signal.addEventListener('abort', stop, { once: true })
    })
  }

  const hear = (
    entries: Parameters<typeof directory.take>[0][] | readonly Parameters<typeof directory.take>[0][],
  ): void => {
    const news = entries.map((entry) => directory.take(entry))
    if (news.includes('new')) retarget()
  }

  /** Makes every call due that is not failing: now, or when its last one is long enough ago. */
  const hurry = (pauseMs: number): void => {
    for (const target of targets.values()) {
      if (target.failures > 0) continue
      target.dueAt = Math.min(target.dueAt, Math.max(performance.now(), target.metAt + pauseMs))
    }
    arm()
  }

  const watch = (): void => {
    const present = new Set(channels.names().map((name) => channels.get(name)))
    for (const [channel, stop] of watched) {
      if (present.has(channel)) continue
      stop()
      watched.delete(channel)
    }
    for (const channel of present) {
      if (!channel || watched.has(channel)) continue
      const stop = channel.onCommit(({ isConfig, transactions }) => {
        if (isConfig) retarget()
        if (isConfig || transactions.some(({ namespaces }) => namespaces.includes('_lifecycle'))) tell()
        hurry(pace.blocksMs)
      })
      watched.set(channel, stop)
    }
  }

  const tell = (): void => {
    if (closing.signal.aborted || !own.refresh()) return
    watch()
    retarget()
    hurry(0)
  }

  const exchange = (request: Buffer): Buffer => {
    const { question, self } = decodeExchange(request)
    checkQuestion(decodeQuestion(question.text), localMsp.mspId)
    const mspId = signerOf(organizations, Buffer.from(self.identity, 'base64'), question)
    hear([self])
    const target = targets.get(directory.known.get(self.identity)?.endpoint ?? '')
    if (target && !target.isBusy) {
      target.failures = 0
      target.metAt = performance.now()
      target.dueAt = Math.max(target.dueAt, target.metAt + pace.restMs)
      arm()
    }
    return encodeMessage({ entries: entriesFor(mspId) })
  }

  const looking = setInterval(() => {
    if (channels.names().length !== watched.size) tell()
  }, lookMs).unref()
  own.refresh()
  watch()
  retarget()

  return {
    self: own.neighbour,
    others: directory.neighbours,
    onChannel(name) {
      const channel = channels.get(name)
      const isMember = channel && memberOf(channel, localMsp.mspId)
      if (!channel) return []
      const others = directory.neighbours().filter((one) => one.channels.has(name))
      return isMember ? [own.neighbour(), ...others] : others
    },
    service: {
      definition: neighboursDefinition,
      implementation: {
        exchange(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
          try {
            answer(null, exchange(call.request))
          } catch (error) {
            answer({ code: status.PERMISSION_DENIED, details: reasonOf(error) })
          }
        },
      },
    },
    tell,
    async [Symbol.asyncDispose]() {
      closing.abort()
      clearTimeout(timer)
      clearInterval(looking)
      for (const stop of watched.values()) stop()
    },
  }
}
