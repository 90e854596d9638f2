import { fakeDriver, NodeWorld, type WorldApi } from '@cello/driver-fake'
import { newId, systemClock } from '@cello/kit'
import { fakeLedger, LedgerWorld, type LedgerWorldApi } from '@cello/ledger-fake'
import { NetworkSpec, type NetworkSpecInput, type NodeRecord } from '@cello/model'
import { type OrchestrationContext, startWorker, type Worker } from '@cello/orchestration'
import { allotNodes } from '@cello/planning'
import type { Driver, Ledger, NetworkRecord, OperationRecord, Store } from '@cello/ports'
import { temporaryStore } from '@cello/store/testing/temporary-store'
import { administrator, type Context, invokeContract } from '@cello/usecases'

/** The orchestration on fakes, whole but for HTTP: what a test drives, kills and looks into. */
export interface Platform extends AsyncDisposable {
  readonly store: Store
  readonly nodes: WorldApi
  readonly ledgers: LedgerWorldApi
  readonly driver: Driver
  readonly ledger: Ledger
  /** The worker of the moment: `restart` replaces it, as a new process would. */
  worker(): Worker
  /** Ends the worker and starts another over the same store and worlds. */
  restart(): Promise<void>
  /** A package as if it were uploaded and built. @returns its digest */
  keepPackage(name: string, version: string): Promise<string>
  create(spec: NetworkSpecInput): Promise<{ readonly network: NetworkRecord; readonly operation: string }>
  /** Applies a changed document. @returns the operation's id */
  change(
    networkId: string,
    edit: (spec: NetworkSpec) => unknown,
    more?: Partial<Pick<NetworkRecord, 'power'> & { deleting: true }>,
  ): Promise<string>
  /** Calls the fake contract's `put`, journaled as users' calls are. */
  invoke(network: string, contract: string, key: string, value: string): Promise<unknown>
  /** Waits until the operation has ended. */
  ended(operationId: string, timeoutMs?: number): Promise<OperationRecord>
}

export interface PlatformOptions {
  readonly log?: (facts: object, message: string) => void
}

/** Where a platform keeps its rows and what worlds its hosts and ledgers are in. */
export interface PlatformParts extends PlatformOptions {
  readonly store: Store
  readonly nodes: WorldApi
  readonly ledgers: LedgerWorldApi
}

const hostId = '01900000-0000-7000-8000-000000000001'

/** A platform with a store and worlds of its own, which go with it. */
export async function openPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const temporary = await temporaryStore()
  const parts = { ...options, store: temporary.store, nodes: new NodeWorld(), ledgers: new LedgerWorld() }
  const platform = await platformOver(parts)
  const close = platform[Symbol.asyncDispose].bind(platform)
  platform[Symbol.asyncDispose] = async () => {
    await close()
    await temporary[Symbol.asyncDispose]()
  }
  return platform
}

/** A platform over a store and worlds that stay when it is closed. */
export async function platformOver(options: PlatformParts): Promise<Platform> {
  const { store, nodes, ledgers } = options
  const driver = fakeDriver({ world: nodes, host: 'local' })
  const ledger = fakeLedger({ world: ledgers })
  await store.hosts.ensure({ id: hostId, name: 'local', driver: 'fake', settings: {}, createdAt: Date.now() })
  const program = (path: string) => driver.addProgram({ kind: 'file', path: `pretend:${path}` })
  const programs = { peer: await program('peer'), orderer: await program('orderer'), node: await program('node') }
  const quiet = options.log ?? (() => {})
  const context: OrchestrationContext = {
    store,
    clock: systemClock,
    log: { info: quiet, warn: quiet, error: quiet },
    driver: () => driver,
    ledger: () => ledger,
    contractRuntime: async () => programs.node,
  }
  const start = () => startWorker(context, { hostPollMs: 50, resyncMs: 500 })
  let worker = start()
  const allot = async (networkId: string, spec: NetworkSpec, existing: readonly NodeRecord[]) => {
    const taken = new Set(await store.hosts.ports(hostId))
    let port = 20_000
    const takePort = () => {
      while (taken.has(port)) port += 1
      taken.add(port)
      return port
    }
    return allotNodes({ networkId, spec, existing, hostId, takePort, newId, now: Date.now() })
  }
  const keepPackage = async (name: string, version: string) => {
    const { digest, entry } = await program(`${name}-${version}`)
    const record = {
      digest,
      name,
      version,
      language: 'node' as const,
      entry,
      bytes: 1,
      createdAt: Date.now(),
      metadata: {},
    }
    return (await store.packages.keep(record)).digest
  }
  const refuse = () => {
    throw new Error('not part of this platform')
  }
  const usecases = (): Context => ({
    store,
    clock: systemClock,
    observations: worker.networks,
    wake: (id) => worker.engine.wake(id),
    stopSteps: (id) => worker.networks.cancel(id),
    driver: async () => driver,
    ledger: () => ledger,
    findRuntime: refuse,
    wanted: refuse,
    sessions: worker.networks,
    contracts: { build: refuse },
    fabric: { list: refuse, install: refuse, progress: refuse },
  })
  return {
    keepPackage,
    store,
    nodes,
    ledgers,
    driver,
    ledger,
    worker: () => worker,
    async restart() {
      await worker[Symbol.asyncDispose]()
      worker = start()
    },
    async create(input) {
      const spec = NetworkSpec.parse({ runtime: { kind: 'fake' }, ...input })
      const id = newId()
      const at = Date.now()
      const network: NetworkRecord = {
        id,
        name: spec.name,
        spec,
        runtime: { kind: 'fake', version: '1.0.0', programs },
        hostId,
        power: 'running',
        deleting: false,
        generation: 1,
        observedGeneration: 0,
        createdAt: at,
        nodes: await allot(id, spec, []),
      }
      const operation = newId()
      await store.networks.create(network, { id: operation, kind: 'create-network', actor: 'test', at })
      worker.engine.wake(id)
      return { network, operation }
    },
    async change(networkId, edit, more = {}) {
      const current = await store.networks.get(networkId)
      if (!current) throw new Error('no such network')
      const draft = structuredClone(current.spec)
      edit(draft)
      const spec = NetworkSpec.parse(draft)
      const operation = newId()
      const kind = more.deleting ? 'delete-network' : 'change-network'
      await store.networks.change({
        networkId,
        spec,
        ...more,
        nodes: more.deleting ? [] : await allot(networkId, spec, current.nodes),
        operation: { id: operation, kind, actor: 'test', at: Date.now() },
      })
      worker.engine.wake(networkId)
      return operation
    },
    invoke: (network, contract, key, value) =>
      invokeContract(
        usecases(),
        { actor: administrator },
        { network, channel: 'main', contract, function: 'put', args: [key, value], identity: 'admin' },
      ),
    async ended(operationId, timeoutMs = 10_000) {
      const end = performance.now() + timeoutMs
      for (;;) {
        const found = await store.operations.get(operationId)
        if (found?.endedAt !== undefined) return found
        if (performance.now() > end)
          throw new Error(`operation ${operationId} has not ended: ${JSON.stringify(found, null, 1)}`)
        await systemClock.sleep(5)
      }
    },
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]()
      await driver[Symbol.asyncDispose]()
    },
  }
}

/** 3 Raft orderers, 2 organizations with one peer each, one channel. */
export function smallNetwork(name: string): NetworkSpecInput {
  return {
    name,
    organizations: [
      { name: 'Orderer', orderers: [{ name: 'orderer0' }, { name: 'orderer1' }, { name: 'orderer2' }] },
      { name: 'Org1', peers: [{ name: 'peer0' }] },
      { name: 'Org2', peers: [{ name: 'peer0' }] },
    ],
    channels: [{ name: 'main' }],
  }
}
