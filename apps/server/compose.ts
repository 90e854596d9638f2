import { join } from 'node:path'
import { createProcessDriver } from '@cello/driver-process'
import { type Clock, systemClock } from '@cello/kit'
import { createDevnodeLedger, createFabricLedger } from '@cello/ledger-fabric'
import { PlatformError } from '@cello/model'
import { type Log, startWorker, type Worker, wantedNetwork } from '@cello/orchestration'
import type { Driver, Ledger, ProgramRef, Store } from '@cello/ports'
import { openSealer, openStore } from '@cello/store'
import type { Context, FabricCatalogue } from '@cello/usecases'
import { places, type ServerConfig } from './config.ts'
import { createContractBuilder } from './contracts/builder.ts'
import { createFabricCatalogue } from './fabric/catalogue.ts'
import { createFabricFinder, type FabricFinder } from './fabric/find-fabric.ts'
import { createHostWork } from './fabric/host-work.ts'
import { findRuntime } from './find-runtime.ts'
import { ensureLocalHost } from './host.ts'
import { startSweeping, sweepPrograms } from './sweep-programs.ts'

/** Everything that runs in the server but HTTP, put together here and nowhere else. */
export interface Composition extends AsyncDisposable {
  readonly context: Context
  readonly worker: Worker
  readonly store: Store
}

/** @throws Error with one sentence where the data directory cannot be used */
export async function compose(config: ServerConfig, log: Log, clock: Clock = systemClock): Promise<Composition> {
  const cleanUp = new AsyncDisposableStack()
  try {
    const at = places(config.dataDir)
    const sealer = await openSealer(at.masterKey)
    const store = cleanUp.use(await openStore({ file: at.database, sealer, clock }))
    const driver = cleanUp.use(createProcessDriver({ dataDir: at.host }))
    const host = await ensureLocalHost(store.hosts, clock)
    const drivers = new Map([[host.id, driver]])
    const driverOf = (hostId: string): Driver => {
      const found = drivers.get(hostId)
      if (!found) throw new PlatformError('NOT_FOUND', { noun: 'host', id: hostId })
      return found
    }
    const held = new Set<string>()
    const contractRuntime = once(async () => {
      const runtime = await driver.addProgram({ kind: 'file', path: process.execPath })
      held.add(runtime.digest)
      return runtime
    })
    const { cacheDir } = config
    const finder = createFabricFinder({ configured: config.fabricDir, path: config.path, cacheDir })
    const catalogue = createFabricCatalogue({ finder, cacheDir })
    const hostWork = createHostWork({ finder, cacheDir, clock })
    const orchestration = { store, clock, log, driver: driverOf, ledger: ledgers(), contractRuntime, hostWork }
    const worker = cleanUp.use(startWorker(orchestration))
    const sweep = { store, drivers: [driver], held, clock, log }
    cleanUp.use(startSweeping(sweep, (signal) => sweepPrograms({ ...sweep, signal })))
    const context = contextOf({ config, clock, store, worker, driverOf, driver, contractRuntime, finder, catalogue })
    const stack = cleanUp.move()
    return { context, worker, store, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  } catch (error) {
    await cleanUp.disposeAsync()
    throw error
  }
}

interface Parts {
  readonly config: ServerConfig
  readonly clock: Clock
  readonly store: Store
  readonly worker: Worker
  readonly driverOf: (hostId: string) => Driver
  readonly driver: Driver
  readonly contractRuntime: () => Promise<ProgramRef>
  readonly finder: FabricFinder
  readonly catalogue: FabricCatalogue
}

function contextOf(parts: Parts): Context {
  const { config, clock, store, worker, driverOf, driver, contractRuntime, finder, catalogue } = parts
  const at = places(config.dataDir)
  const ledger = ledgers()
  const builder = createContractBuilder({
    workFolder: at.builds,
    cacheFolder: join(config.cacheDir, 'contracts'),
    addProgram: (source) => driver.addProgram(source),
    npm: { path: config.path.join(':'), variables: config.npmVariables },
    clock,
  })
  return {
    store,
    clock,
    observations: worker.networks,
    wake: (key) => worker.engine.wake(key),
    stopSteps: (operationId) => worker.networks.cancel(operationId),
    driver: async (host) => driverOf(host.id),
    ledger,
    findRuntime: (host, runtime) =>
      findRuntime({ finder, cacheDir: config.cacheDir }, { host, driver: driverOf(host.id) }, runtime),
    wanted: (network) => wantedNetwork({ store, driver: driverOf, ledger }, network),
    sessions: worker.networks,
    contracts: {
      async build(archive, options) {
        // Who builds a contract will start it: what it is started with is copied meanwhile.
        const [built] = await Promise.all([builder.build([archive], options), contractRuntime()])
        return built
      },
    },
    fabric: catalogue,
  }
}

function ledgers(): (kind: Ledger['kind']) => Ledger {
  const fabric = createFabricLedger()
  const devnode = createDevnodeLedger()
  return (kind) => {
    if (kind === 'fabric') return fabric
    if (kind === 'devnode') return devnode
    throw new PlatformError('UNSUPPORTED', {
      feature: `the runtime ${kind}`,
      reason: 'it is for tests of Cello itself',
    })
  }
}

/** The work is done at the first call; a failure is not kept. */
function once(work: () => Promise<ProgramRef>): () => Promise<ProgramRef> {
  let made: Promise<ProgramRef> | undefined
  return () => {
    made ??= work().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}
