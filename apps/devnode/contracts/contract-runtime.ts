/** Runs contracts as services: finds the connection of a package's contract, or makes it. */
import type { peer } from '@hyperledger/fabric-protos'
import type { InstalledPackage } from '../lifecycle/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Contract, Invocation } from './contract.ts'
import { dialService } from './dial-service.ts'
import { linkOver, type ServiceLink } from './service-link.ts'
import { shimMessage, Type } from './shim-message.ts'
import { openShimStream, type RuntimeParams, type ShimStream } from './shim-stream.ts'
import { wordsOf, wrapped } from './words.ts'

export interface ContractRuntimeOptions {
  /** `chaincode.executetimeout`. */
  readonly executeTimeoutMs: number
  /** `chaincode.startuptimeout`: to build, connect and register. */
  readonly startTimeoutMs: number
  /** See `dialService`. */
  readonly refusedPatienceMs?: number
  /** `chaincode.keepalive`: messages that keep the stream awake; 0: none. */
  readonly keepaliveMs: number
  /** `ledger.state.totalQueryLimit`: results at most that one query gives. */
  readonly queryLimit: number
  /** `ledger.history.enableHistoryDatabase`. */
  readonly history: boolean
  /** `chaincode.runtimeParams`. */
  readonly runtimeParams: RuntimeParams
  readonly log: Pick<Log, 'info' | 'error'>
  readonly metrics?: { add(name: string, labels: Readonly<Record<string, string>>): void }
}

export interface ContractRuntime extends AsyncDisposable {
  /** What answers for a package; it is connected when first called, and again after its process ended. */
  contract(options: RunningPackage): Contract
  /** Connects it before anybody calls it. Where that fails, calls connect it as if this had not been. */
  dial(installed: InstalledPackage): void
}

export interface RunningPackage {
  readonly installed: InstalledPackage
  /** Of the committed definition, as the invocation's simulator sees it. */
  readonly collections: (invocation: Invocation) => readonly peer.StaticCollectionConfig[]
}

interface Launch {
  readonly link: Promise<ServiceLink>
  /** No call waits for its end. */
  readonly isAhead: boolean
  isReady: boolean
}

export function openContractRuntime(options: ContractRuntimeOptions): ContractRuntime {
  const launches = new Map<string, Launch>()
  const stopped = new AbortController()

  const linkTo = (installed: InstalledPackage): Promise<ServiceLink> => {
    const earlier = launches.get(installed.id)
    if (earlier?.isReady) return earlier.link
    if (earlier?.isAhead) return earlier.link.catch(() => linkTo(installed))
    if (earlier) return earlier.link.catch((error) => Promise.reject(wrapped('chaincode registration failed', error)))
    return launch(installed, false)
  }

  const launch = (installed: InstalledPackage, isAhead: boolean): Promise<ServiceLink> => {
    const launched: Launch = {
      link: start(installed, options, { launches, stopped: stopped.signal }),
      isAhead,
      isReady: false,
    }
    launches.set(installed.id, launched)
    const forget = () => {
      if (launches.get(installed.id) === launched) launches.delete(installed.id)
    }
    launched.link.then(() => (launched.isReady = true), forget)
    return launched.link
  }

  return {
    contract: ({ installed, collections }) => ({
      async invoke(invocation) {
        const link = await linkTo(installed).catch((error) =>
          Promise.reject(wrapped(`could not launch chaincode ${installed.id}`, error)),
        )
        return link.execute({ invocation, collections: () => collections(invocation) })
      },
    }),
    dial(installed) {
      // Why it could not be reached is in the log.
      if (!launches.has(installed.id)) launch(installed, true).catch(() => {})
    },
    async [Symbol.asyncDispose]() {
      stopped.abort()
      await Promise.allSettled([...launches.values()].map(({ link }) => link))
    },
  }
}

interface Running {
  readonly launches: Map<string, Launch>
  readonly stopped: AbortSignal
}

async function start(
  installed: InstalledPackage,
  options: ContractRuntimeOptions,
  { launches, stopped }: Running,
): Promise<ServiceLink> {
  const { id } = installed
  try {
    const stream = await connect(installed, options, stopped)
    if (stream.ended.aborted) throw new Error(`connection to ${id} terminated`)
    keepAwake(stream, options.keepaliveMs)
    stream.ended.addEventListener('abort', () => {
      launches.delete(id)
      options.log.info('the stream of a contract ended', { package: id, reason: wordsOf(stream.ended.reason) })
    })
    options.log.info('a contract is ready', { package: id })
    return linkOver({
      stream,
      packageId: id,
      executeTimeoutMs: options.executeTimeoutMs,
      limits: { total: options.queryLimit, history: options.history },
      count: (name, labels) => options.metrics?.add(name, labels),
    })
  } catch (error) {
    const isLate = error instanceof StartTimeout
    options.metrics?.add(isLate ? 'chaincode_launch_timeouts' : 'chaincode_launch_failures', { chaincode: id })
    options.log.error('a contract could not be reached', { package: id, reason: wordsOf(error) })
    throw error
  }
}

class StartTimeout extends Error {}

/** Dials and registers. The client is closed with its stream. */
async function connect(
  installed: InstalledPackage,
  { startTimeoutMs, refusedPatienceMs, runtimeParams }: ContractRuntimeOptions,
  stopped: AbortSignal,
): Promise<ShimStream> {
  const { id } = installed
  const tooLate = AbortSignal.timeout(startTimeoutMs)
  const signal = AbortSignal.any([stopped, tooLate])
  const connection = await installed
    .connection()
    .catch((error) => Promise.reject(wrapped('error building chaincode', error)))
  const client = await dialService(connection, { signal, refusedPatienceMs }).catch((error) =>
    Promise.reject(wrapped(`connection to ${id} failed: error cannot create connection for ${id}`, error)),
  )
  try {
    const stream = await openShimStream(client, id, runtimeParams, signal)
    stopped.addEventListener('abort', () => stream.end(new Error('the peer stops')), { signal: stream.ended })
    stream.ended.addEventListener('abort', () => client.close(), { once: true })
    return stream
  } catch (error) {
    client.close()
    throw tooLate.aborted ? new StartTimeout(`timeout expired while starting chaincode ${id} for transaction`) : error
  }
}

function keepAwake(stream: ShimStream, everyMs: number): void {
  if (everyMs <= 0) return
  const timer = setInterval(() => stream.send(shimMessage(Type.KEEPALIVE)), everyMs)
  stream.ended.addEventListener('abort', () => clearInterval(timer), { once: true })
}
