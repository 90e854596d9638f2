/** What answers behind a peer's services, opened from its settings. */
import { readFileSync } from 'node:fs'
import type { AccessControl } from './access/access.ts'
import { accessControl } from './access/access-control.ts'
import { readLocalMembership } from './access/local-membership.ts'
import { type OpenPeerChannels, openPeerChannels } from './committing/open-peer-channels.ts'
import type { Contract } from './contracts/contract.ts'
import { openContractRuntime } from './contracts/contract-runtime.ts'
import { contractsOf } from './contracts/contracts-of.ts'
import { dialCommitted } from './contracts/dial-committed.ts'
import type { Endorser } from './endorsement/endorser.ts'
import { endorserOf } from './endorsement/endorser-of.ts'
import type { OrdererOverride } from './following/orderer-endpoints.ts'
import type { Lifecycle } from './lifecycle/lifecycle.ts'
import { openLifecycle } from './lifecycle/open-lifecycle.ts'
import { type LocalSigner, readLocalMsp } from './msp/local-msp.ts'
import type { Membership } from './msp/membership.ts'
import { type Connections, openConnections } from './neighbours/connections.ts'
import { type OpenNeighbours, openNeighbours } from './neighbours/open-neighbours.ts'
import type { PrivateExchange } from './neighbours/private-exchange.ts'
import { type Log, reasonOf } from './operations/log.ts'
import type { Metrics } from './operations/metrics.ts'
import { timedEndorser } from './operations/timed-endorser.ts'
import type { ClientPair } from './operations/tls-client.ts'
import { fileStorage, memoryStorage } from './peer-storage.ts'
import type { PeerSettings } from './settings/peer-settings.ts'
import { cscc } from './system-contracts/cscc.ts'
import { deployedContracts } from './system-contracts/deployed.ts'
import { qscc } from './system-contracts/qscc.ts'
import { openTraces } from './trace/open-traces.ts'
import type { Traces } from './trace/trace.ts'
import { traceContract, traceContractName } from './trace/trace-contract.ts'

export interface PeerPartsOptions {
  readonly settings: PeerSettings
  readonly log: Log
  readonly metrics: Metrics
  readonly env: Readonly<Record<string, string | undefined>>
  readonly inMemory: boolean
}

export interface PeerParts extends Ledgers {
  readonly settings: PeerSettings
  readonly metrics: Metrics
  readonly signer: LocalSigner
  readonly localMsp: Membership
  readonly access: AccessControl
  readonly connections: Connections
  /** PEM pair shown to other nodes; absent without TLS. */
  readonly client?: ClientPair
  readonly neighbours: OpenNeighbours
  readonly endorser: Endorser
  /** Names of the peer's own contracts. */
  readonly systemContracts: ReadonlySet<string>
  readonly overrides: readonly OrdererOverride[]
}

interface Ledgers {
  readonly channels: OpenPeerChannels
  readonly lifecycle: Lifecycle
}

interface LedgerOptions {
  readonly access: AccessControl
  readonly traces: Traces
  /** Opened after the channels, since it reads them. */
  readonly privateExchange: () => PrivateExchange | undefined
}

/** @param owner closes what is opened here */
export async function openPeerParts(owner: AsyncDisposableStack, options: PeerPartsOptions): Promise<PeerParts> {
  const { settings, metrics } = options
  const { mspFolder, mspId } = settings
  const [signer, localMsp] = [readLocalMsp(mspFolder, mspId), readLocalMembership(mspFolder, mspId)]
  const access = accessControl({ localMsp })
  const traces = openTraces()
  const opened: { neighbours?: OpenNeighbours } = {}
  const privateExchange = () => opened.neighbours
  const { channels, lifecycle } = await openLedgers(owner, options, { access, traces, privateExchange })
  const client = clientPair(settings)
  const connections = owner.use(openConnections(client ? { client } : {}))
  const neighbours = owner.use(
    openNeighbours({
      ...settings.neighbours,
      channels,
      lifecycle: () => lifecycle,
      signer,
      localMsp,
      connections,
      tls: settings.tls.enabled,
      ownAddresses: [settings.address, settings.neighbours.endpoint],
    }),
  )
  opened.neighbours = neighbours
  const system = new Map([
    ...deployedContracts(settings.contracts.system, {
      _lifecycle: telling(lifecycle.contract, neighbours),
      cscc: cscc({ channels, access }),
      qscc: qscc({ channels, access }),
    }),
    [traceContractName, traceContract({ traces, localMsp })] as const,
  ])
  const runtime = owner.use(openContractRuntime({ ...runtimeOptions(settings), log: options.log, metrics }))
  owner.use(dialCommitted({ channels, lifecycle, runtime }))
  const shared = { channels, access, lifecycle, signer, localMsp, metrics }
  const endorser = endorserOf({
    ...shared,
    traces,
    privateExchange,
    contracts: contractsOf({ lifecycle, system, runtime }),
    filters: { ...settings.checks, timeWindowMs: settings.timeWindowMs },
    log: options.log,
  })
  return {
    ...shared,
    settings,
    connections,
    neighbours,
    ...(client ? { client } : {}),
    endorser: timedEndorser(endorser, metrics),
    systemContracts: new Set(system.keys()),
    overrides: overridesOf(settings),
  }
}

/** Channels need the lifecycle for their first block, and the lifecycle needs the channels for its first call. */
async function openLedgers(
  owner: AsyncDisposableStack,
  { settings, log, env, inMemory }: PeerPartsOptions,
  { access, traces, privateExchange }: LedgerOptions,
): Promise<Ledgers> {
  const storage = owner.use(inMemory ? await memoryStorage() : fileStorage(settings.dataFolder))
  const { mspId } = settings
  const opened: { channels?: OpenPeerChannels } = {}
  const lifecycle = await openLifecycle({
    folder: storage.packageFolder,
    builders: settings.contracts.builders,
    environment: env,
    installTimeoutMs: settings.contracts.installTimeoutMs,
    log,
    mspId,
    access,
    channels() {
      if (!opened.channels) throw new Error('the peer is starting')
      return opened.channels
    },
  })
  const channels = await openPeerChannels({
    ledgers: storage.ledgers,
    openState: storage.openState,
    openPrivate: storage.openPrivate,
    mspId,
    lifecycle: () => lifecycle,
    richQueries: settings.state.richQueries,
    traces,
    privateExchange,
    onFailure: (channel, error) => log.error('a block could not be stored', { channel, reason: reasonOf(error) }),
    onListenerFailure: (channel, error) => log.error('a listener failed', { channel, reason: reasonOf(error) }),
  })
  opened.channels = owner.use(channels)
  return { channels, lifecycle }
}

function clientPair({ tls }: PeerSettings): ClientPair | undefined {
  if (!tls.enabled) return undefined
  return { certificate: readFileSync(tls.clientCertificate, 'utf8'), key: readFileSync(tls.clientKey, 'utf8') }
}

/** A package that is installed after its definition was committed changes what runs here, and no block tells of it. */
function telling(contract: Contract, neighbours: OpenNeighbours): Contract {
  return {
    async invoke(invocation) {
      const outcome = await contract.invoke(invocation)
      if (!invocation.channel) neighbours.tell()
      return outcome
    },
  }
}

function runtimeOptions({ contracts, state }: PeerSettings) {
  const { executeTimeoutMs, startTimeoutMs, keepaliveMs, runtimeParams } = contracts
  const { queryLimit, history } = state
  return { executeTimeoutMs, startTimeoutMs, keepaliveMs, runtimeParams, queryLimit, history }
}

function overridesOf({ addressOverrides }: PeerSettings): readonly OrdererOverride[] {
  return addressOverrides.map(({ from, to, authorities }) => ({
    from,
    to,
    ...(authorities === '' ? {} : { roots: [readFileSync(authorities, 'utf8')] }),
  }))
}
