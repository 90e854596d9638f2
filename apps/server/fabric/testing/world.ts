import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProcessDriver } from '@cello/driver-process'
import { systemClock } from '@cello/kit'
import { startWorker } from '@cello/orchestration'
import type { HostRecord, HostWork, OperationEvent, OperationRecord, Store } from '@cello/ports'
import { openSealer, openStore } from '@cello/store'
import {
  administrator,
  type Context,
  type FabricCatalogue,
  type FabricInstallRequest,
  installFabric,
} from '@cello/usecases'
import { type CatalogueOptions, createFabricCatalogue } from '../catalogue.ts'
import { createFabricFinder, type FabricFinder } from '../find-fabric.ts'
import { createHostWork, type HostWorkOptions } from '../host-work.ts'
import { tinyFabricProgram } from './tiny-program.ts'

export const host: HostRecord = {
  id: '01900000-0000-7000-8000-000000000001',
  name: 'local',
  driver: 'process',
  settings: {},
  createdAt: 0,
}

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const call = { actor: administrator }

export interface WorldOptions extends Partial<CatalogueOptions>, Partial<HostWorkOptions> {
  readonly configured?: string
  readonly path?: readonly string[]
  /** Of a control plane that ended: this one goes on with its operations. */
  readonly dataDir?: string
  /** Stands before what does the work. */
  readonly around?: (work: HostWork) => HostWork
}

/** A control plane of which only Fabric on its host is there. */
export interface World extends AsyncDisposable {
  readonly folder: string
  readonly cacheDir: string
  readonly dataDir: string
  readonly finder: FabricFinder
  readonly catalogue: FabricCatalogue
  readonly store: Store
  readonly context: Context
  /** What the cache holds, sorted, without what is being fetched. */
  cached(): Promise<string[]>
  /** Asks for an installation. @returns the operation's id */
  ask(request: FabricInstallRequest): Promise<string>
  /** Installs, and waits for the end. */
  install(request: FabricInstallRequest): Promise<OperationRecord>
  ended(operationId: string): Promise<OperationRecord>
  events(operationId: string): Promise<OperationEvent[]>
  /** Ends the control plane as a stop of its process does. */
  stop(): Promise<void>
}

/** Over an empty cache and an empty store, in a folder of its own, unless told otherwise. */
export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'cello-fabric-'))
  const { configured, path = [], cacheDir = join(folder, 'cache'), dataDir = join(folder, 'data') } = options
  await mkdir(dataDir, { recursive: true })
  const sealer = await openSealer(join(dataDir, 'master.key'))
  const store = await openStore({ file: join(dataDir, 'cello.db'), sealer })
  await store.hosts.ensure(host)
  const finder = createFabricFinder({ configured, path, cacheDir })
  // Nothing here may be given up because the machine is busy.
  const idleMs = 60_000
  const catalogue = createFabricCatalogue({ finder, pinned: {}, idleMs, ...options, cacheDir })
  const work = createHostWork({ finder, clock: systemClock, idleMs, retryMs: 1, ...options, cacheDir })
  const hostWork = options.around?.(work) ?? work
  const absent = () => {
    throw new Error('this world has no networks')
  }
  const driver = createProcessDriver({ dataDir })
  const shared = { store, clock: systemClock, log: silent, ledger: absent, contractRuntime: absent }
  const worker = startWorker({ ...shared, driver: () => driver, hostWork })
  const context: Context = {
    ...shared,
    observations: worker.networks,
    wake: (key) => worker.engine.wake(key),
    stopSteps: (id) => worker.networks.cancel(id),
    driver: async () => driver,
    findRuntime: absent,
    wanted: absent,
    sessions: worker.networks,
    contracts: { build: absent },
    fabric: catalogue,
  }
  const ask = async (request: FabricInstallRequest) =>
    (await installFabric(context, call, { ...request, host: 'local' })).id
  const stop = async () => {
    await worker[Symbol.asyncDispose]()
    await driver[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  }
  let stopping: Promise<void> | undefined
  const once = () => {
    stopping ??= stop()
    return stopping
  }
  return {
    folder,
    cacheDir,
    dataDir,
    finder,
    catalogue,
    store,
    context,
    cached: async () => {
      const names = await readdir(join(cacheDir, 'fabric'), { recursive: true }).catch(() => [])
      return names.filter((name) => !name.startsWith('.downloads')).sort()
    },
    ask,
    install: async (request) => ended(store, await ask(request)),
    ended: (id) => ended(store, id),
    events: (operationId) => store.operations.events(0, { operationId, limit: 1000 }),
    stop: once,
    [Symbol.asyncDispose]: async () => {
      await once()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function ended({ operations }: Store, id: string): Promise<OperationRecord> {
  for (;;) {
    const found = await operations.get(id)
    if (!found) throw new Error(`there is no operation ${id}`)
    if (found.endedAt !== undefined) return found
    await systemClock.sleep(5)
  }
}

/** How the steps of an operation stand: `fetch-archive done`. */
export function stepsOf({ steps }: OperationRecord): string[] {
  return steps.map(({ kind, state }) => `${kind} ${state}`)
}

/** Bytes that a step had moved at its end, and of how many. */
export function bytesOf({ steps }: OperationRecord, kind: string): (number | undefined)[] {
  const progress = steps.find((step) => step.kind === kind)?.progress
  return [progress?.bytesDone, progress?.bytesTotal]
}

/** A folder with `peer` and `orderer` that say they are of the version. */
export async function putFabric(folder: string, version: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const name of ['peer', 'orderer']) {
    await rm(join(folder, name), { force: true })
    await writeFile(join(folder, name), tinyFabricProgram(name, version), { mode: 0o755 })
    await chmod(join(folder, name), 0o755)
  }
  return folder
}
