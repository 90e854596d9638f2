import { type Clock, newId, systemClock } from '@cello/kit'
import { NetworkSpec, type NetworkSpecInput, type NodeRecord } from '@cello/model'
import { type OrchestrationContext, startWorker, type Worker, type WorkerOptions } from '@cello/orchestration'
import { allotNodes } from '@cello/planning'
import type { Driver, Ledger, NetworkRecord, OperationRecord, ProgramRef, RuntimeRecord, Store } from '@cello/ports'
import { administrator, type Context, invokeContract } from '@cello/usecases'
import type { Edit } from './edits.ts'

/** The orchestration whole but for HTTP, over any driver and ledger: what a test drives. */
export interface Drive extends AsyncDisposable {
  readonly store: Store
  readonly driver: Driver
  readonly ledger: Ledger
  /** What new networks run. */
  readonly runtime: RuntimeRecord
  /** The worker of the moment: `restart` replaces it, as a new process would. */
  worker(): Worker
  /** Ends the worker and starts another over the same store. */
  restart(): Promise<void>
  /** A package as if it were uploaded and built. @returns its digest */
  keepPackage(name: string, version: string): Promise<string>
  create(spec: NetworkSpecInput): Promise<{ readonly network: NetworkRecord; readonly operation: string }>
  /** Applies a changed document. @returns the operation's id */
  change(
    networkId: string,
    edit: Edit,
    more?: Partial<Pick<NetworkRecord, 'power'> & { deleting: true }>,
  ): Promise<string>
  /** What use cases are given: commands and queries as the server's callers have them. */
  context(): Context
  /** Calls the contract's `put`, journaled as users' calls are. */
  invoke(network: string, contract: string, key: string, value: string): Promise<unknown>
  /** Waits until the operation has ended; milliseconds. */
  ended(operationId: string, timeoutMs?: number): Promise<OperationRecord>
}

export interface DriveParts {
  readonly store: Store
  readonly driver: Driver
  readonly ledger: Ledger
  /** What new networks run. */
  readonly runtime: RuntimeRecord
  readonly contractRuntime: ProgramRef
  /** A contract as a program of the driver. */
  contractProgram(name: string, version: string): Promise<ProgramRef>
  /** Kept modules that contracts may start from. */
  contractModules?(): Promise<ProgramRef>
  /** The first port that may be allotted; default 20000. */
  readonly firstPort?: number
  readonly worker: WorkerOptions
  /** Default: the system's. */
  readonly clock?: Clock | undefined
  /** How long an operation is waited for, milliseconds; default 90,000. */
  readonly patienceMs?: number
  readonly log?: ((facts: object, message: string) => void) | undefined
}

export const hostId = '01900000-0000-7000-8000-000000000001'

/** Over a store, a driver and a ledger; disposing ends the worker and the driver. */
export async function drive(parts: DriveParts): Promise<Drive> {
  const { store, driver, ledger, runtime, clock = systemClock } = parts
  await store.hosts.ensure({ id: hostId, name: 'local', driver: driver.kind, settings: {}, createdAt: Date.now() })
  const quiet = parts.log ?? (() => {})
  const context: OrchestrationContext = {
    store,
    clock,
    log: { info: quiet, warn: quiet, error: quiet },
    driver: () => driver,
    ledger: () => ledger,
    contractRuntime: async () => parts.contractRuntime,
  }
  const start = () => startWorker(context, parts.worker)
  let worker = start()
  const allot = async (networkId: string, spec: NetworkSpec, existing: readonly NodeRecord[]) => {
    const taken = new Set(await store.hosts.ports(hostId))
    let port = parts.firstPort ?? 20_000
    const takePort = () => {
      while (taken.has(port)) port += 1
      taken.add(port)
      return port
    }
    return allotNodes({ networkId, spec, existing, hostId, takePort, newId, now: Date.now() })
  }
  const keepPackage = async (name: string, version: string) => {
    const { digest, entry } = await parts.contractProgram(name, version)
    const record = {
      digest,
      name,
      version,
      language: 'node' as const,
      entry,
      modules: await parts.contractModules?.(),
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
    clock,
    observations: worker.networks,
    wake: (id) => worker.engine.wake(id),
    stopSteps: (id) => worker.networks.cancel(id),
    driver: async () => driver,
    ledger: () => ledger,
    findRuntime: refuse,
    wanted: refuse,
    sessions: worker.networks,
    contracts: { build: refuse },
    fabric: { list: refuse, unsuitable: refuse, prepare: refuse },
  })
  return {
    context: usecases,
    keepPackage,
    store,
    driver,
    ledger,
    runtime,
    worker: () => worker,
    async restart() {
      await worker[Symbol.asyncDispose]()
      worker = start()
    },
    async create(input) {
      const spec = NetworkSpec.parse({ runtime: { kind: runtime.kind }, ...input })
      const id = newId()
      const at = Date.now()
      const network: NetworkRecord = {
        id,
        name: spec.name,
        spec,
        runtime,
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
      const { superseded } = await store.networks.change({
        networkId,
        spec,
        ...more,
        nodes: more.deleting ? [] : await allot(networkId, spec, current.nodes),
        operation: { id: operation, kind, actor: 'test', at: Date.now() },
      })
      for (const id of superseded) worker.networks.cancel(id)
      worker.engine.wake(networkId)
      return operation
    },
    invoke: (network, contract, key, value) =>
      invokeContract(
        usecases(),
        { actor: administrator },
        { network, channel: 'main', contract, function: 'put', args: [key, value], identity: 'admin' },
      ),
    async ended(operationId, timeoutMs = parts.patienceMs ?? 90_000) {
      const end = performance.now() + timeoutMs
      using watch = watchState(store, operationId)
      for (;;) {
        const found = await store.operations.get(operationId)
        if (found?.endedAt !== undefined) return found
        if (performance.now() > end)
          throw new Error(`operation ${operationId} has not ended: ${JSON.stringify(found, null, 1)}`)
        await watch.told()
      }
    },
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]()
      await driver[Symbol.asyncDispose]()
    },
  }
}

/**
 * Watching costs those who are watched: a whole operation is read again only when its state was told, or after a while.
 * `told` resolves then.
 */
function watchState({ operations }: Store, operationId: string): Disposable & { told(): Promise<void> } {
  let last = 0
  let hint = Promise.withResolvers<void>()
  const listening = operations.onEvent(() => hint.resolve())
  return {
    async told() {
      const until = performance.now() + 100
      while (performance.now() < until) {
        await Promise.race([hint.promise, systemClock.sleep(100)])
        hint = Promise.withResolvers<void>()
        const events = await operations.events(last, { operationId, limit: 100 })
        last = events.at(-1)?.seq ?? last
        if (events.some(({ kind }) => kind === 'state')) return
      }
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  }
}
