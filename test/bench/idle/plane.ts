import { join } from 'node:path'
import { newId, poll, systemClock } from '@cello/kit'
import { NetworkSpec, type NetworkSpecInput, type OperationKind } from '@cello/model'
import { startWorker } from '@cello/orchestration'
import { allotNodes } from '@cello/planning'
import type { Driver, Ledger, NetworkRecord, RuntimeRecord, Store } from '@cello/ports'
import { createHttpServer, listenOnLoopback } from '@cello/server/http'
import { giveBackMemoryAtRest } from '@cello/server/memory-at-rest'
import { openSealer, openStore } from '@cello/store'
import type { Context } from '@cello/usecases'

export interface Creation {
  readonly input: NetworkSpecInput
  /** Name of a driver. */
  readonly host: string
  readonly runtime: RuntimeRecord
  /** Taken from the end. */
  readonly ports: number[]
}

/** The orchestration and the HTTP server with their defaults, over drivers and ledgers of a benchmark. */
export interface Plane extends AsyncDisposable {
  readonly store: Store
  create(creation: Creation): Promise<NetworkRecord>
  /** Until no operation is under way. @throws Error after five minutes */
  settled(): Promise<void>
  remove(networkId: string): Promise<void>
}

export interface PlaneParts {
  /** For its data. */
  readonly folder: string
  readonly drivers: Readonly<Record<string, Driver>>
  readonly ledgers: readonly Ledger[]
  readonly httpPort: number
}

export async function openPlane({ folder, drivers, ledgers, httpPort }: PlaneParts): Promise<Plane> {
  await using opened = new AsyncDisposableStack()
  const sealer = await openSealer(join(folder, 'master.key'))
  const store = opened.use(await openStore({ file: join(folder, 'cello.db'), sealer }))
  const byHost = new Map<string, Driver>()
  for (const [name, driver] of Object.entries(drivers)) {
    const id = newId()
    await store.hosts.ensure({ id, name, driver: driver.kind, settings: {}, createdAt: Date.now() })
    byHost.set(id, driver)
  }
  const driverOf = (id: string) => named(byHost.get(id), `host ${id}`)
  const ledgerOf = (kind: Ledger['kind']) =>
    named(
      ledgers.find((one) => one.kind === kind),
      `ledger ${kind}`,
    )
  const quiet = () => {}
  const log = { info: quiet, warn: quiet, error: quiet }
  const contractRuntime = (id: string) => driverOf(id).addProgram({ kind: 'file', path: process.execPath })
  const worker = opened.use(
    startWorker({ store, clock: systemClock, log, driver: driverOf, ledger: ledgerOf, contractRuntime }),
  )
  const refuse = () => {
    throw new Error('not part of this benchmark')
  }
  const context: Context = {
    store,
    clock: systemClock,
    observations: worker.networks,
    wake: (id) => worker.engine.wake(id),
    stopSteps: (id) => worker.networks.cancel(id),
    driver: async (host) => driverOf(host.id),
    ledger: ledgerOf,
    findRuntime: refuse,
    wanted: refuse,
    sessions: worker.networks,
    contracts: { build: refuse },
    fabric: { list: refuse, unsuitable: refuse, prepare: refuse },
  }
  const app = await createHttpServer(context, { token: 'cello_bench', version: '0.0.0' })
  opened.defer(() => app.close())
  await listenOnLoopback(app, httpPort)
  opened.use(giveBackMemoryAtRest())
  const owned = opened.move()
  return {
    store,
    async create(creation) {
      const record = await recordOf(creation, store)
      await store.networks.create(record, operation('create-network'))
      worker.engine.wake(record.id)
      return record
    },
    settled: () => settled(store),
    async remove(networkId) {
      await store.networks.change({ networkId, deleting: true, operation: operation('delete-network') })
      worker.engine.wake(networkId)
      await poll(async () => ((await store.networks.get(networkId)) ? undefined : true), {
        timeoutMs: 60_000,
        everyMs: 100,
      })
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const operation = (kind: OperationKind) => ({ id: newId(), kind, actor: 'bench', at: Date.now() })

async function recordOf({ input, host, runtime, ports }: Creation, store: Store): Promise<NetworkRecord> {
  const spec = NetworkSpec.parse(input)
  const [id, at] = [newId(), Date.now()]
  const takePort = () => ports.pop() ?? 0
  const hostId = named(await store.hosts.byName(host), `host ${host}`).id
  const nodes = allotNodes({ networkId: id, spec, existing: [], hostId, takePort, newId, now: at })
  const fixed = { power: 'running' as const, deleting: false, generation: 1, observedGeneration: 0, createdAt: at }
  return { id, name: spec.name, spec, runtime, hostId, ...fixed, nodes }
}

async function settled(store: Store): Promise<void> {
  const done = await poll(
    async () => ((await store.operations.list({ limit: 1, open: true })).items.length === 0 ? true : undefined),
    { timeoutMs: 300_000, everyMs: 500 },
  )
  if (!done) throw new Error('the networks did not come to rest')
}

function named<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`no ${what}`)
  return found
}
