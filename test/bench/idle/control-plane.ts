/**
 * A control plane over many networks on the fakes, whose world is a process of its own, and over one of real Fabric where
 * that is found: `control-plane.ts FOLDER NETWORKS`. FOLDER holds its data and the world's sockets. Prints `settled` when all
 * networks were seen as they are wanted; deletes the real one and ends at SIGTERM.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { connectNodeWorld, fakeDriver } from '@cello/driver-fake'
import { createProcessDriver } from '@cello/driver-process'
import { newId, poll, systemClock } from '@cello/kit'
import { createFabricLedger } from '@cello/ledger-fabric'
import { connectLedgerWorld, fakeLedger } from '@cello/ledger-fake'
import { NetworkSpec, type NetworkSpecInput, type OperationKind } from '@cello/model'
import { startWorker } from '@cello/orchestration'
import { allotNodes } from '@cello/planning'
import type { Driver, RuntimeRecord } from '@cello/ports'
import { createHttpServer, listenOnLoopback } from '@cello/server/http'
import { giveBackMemoryAtRest } from '@cello/server/memory-at-rest'
import { openSealer, openStore } from '@cello/store'
import type { Context } from '@cello/usecases'
import { worldSockets } from '../../fake-world/sockets.ts'
import { smallNetwork } from '../../simulation/platform.ts'
import { fabricPrograms } from './fabric-programs.ts'

const [folder = '', count = '500'] = process.argv.slice(2)
const sockets = worldSockets(folder)
const sealer = await openSealer(join(folder, 'master.key'))
await using store = await openStore({ file: join(folder, 'cello.db'), sealer })
await using nodes = connectNodeWorld(sockets.nodes)
await using ledgers = connectLedgerWorld(sockets.ledgers)
await using local = createProcessDriver({ dataDir: join(folder, 'host') })
const drivers = new Map<string, Driver>()
for (const [name, driver] of [
  ['local', local] as const,
  ['fakes', fakeDriver({ world: nodes, host: 'fakes' })] as const,
]) {
  const id = newId()
  await store.hosts.ensure({ id, name, driver: driver.kind, settings: {}, createdAt: Date.now() })
  drivers.set(id, driver)
}
const hostNamed = async (name: string) => (await store.hosts.byName(name))?.id ?? ''
const driverOf = (id: string): Driver => {
  const found = drivers.get(id)
  if (!found) throw new Error(`no host ${id}`)
  return found
}
const [fabric, fake] = [createFabricLedger(), fakeLedger({ world: ledgers })]
const ledger = (kind: 'fabric' | 'fake') => (kind === 'fabric' ? fabric : fake)
const quiet = () => {}
const log = { info: quiet, warn: quiet, error: quiet }
const contractRuntime = (id: string) => driverOf(id).addProgram({ kind: 'file', path: process.execPath })
await using worker = startWorker({ store, clock: systemClock, log, driver: driverOf, ledger, contractRuntime })
await using _http = await served()
using _memory = giveBackMemoryAtRest()

async function served(): Promise<AsyncDisposable> {
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
    ledger,
    findRuntime: refuse,
    wanted: refuse,
    sessions: worker.networks,
    contracts: { build: refuse },
    fabric: { list: refuse, install: refuse, progress: refuse },
  }
  const app = await createHttpServer(context, { token: 'cello_bench', version: '0.0.0' })
  await listenOnLoopback(app, 18_080)
  return { [Symbol.asyncDispose]: () => app.close() }
}

async function create(
  input: NetworkSpecInput,
  hostId: string,
  runtime: RuntimeRecord,
  ports: number[],
): Promise<string> {
  const spec = NetworkSpec.parse(input)
  const [id, at] = [newId(), Date.now()]
  const takePort = () => ports.pop() ?? 0
  const rows = allotNodes({ networkId: id, spec, existing: [], hostId, takePort, newId, now: at })
  const operation = { id: newId(), kind: 'create-network' as const, actor: 'bench', at }
  const fixed = { power: 'running' as const, deleting: false, generation: 1, observedGeneration: 0, createdAt: at }
  await store.networks.create({ id, name: spec.name, spec, runtime, hostId, ...fixed, nodes: rows }, operation)
  worker.engine.wake(id)
  return id
}

async function createFakes(): Promise<void> {
  const hostId = await hostNamed('fakes')
  const program = (name: string) => driverOf(hostId).addProgram({ kind: 'file', path: `pretend:${name}` })
  const programs = { peer: await program('peer'), orderer: await program('orderer'), node: await program('node') }
  const ports = Array.from({ length: 40_000 }, (_, index) => 60_000 - index)
  for (let made = 0; made < Number(count); made++) {
    const input = { ...smallNetwork(`network-${made}`), host: 'fakes', runtime: { kind: 'fake' as const } }
    await create(input, hostId, { kind: 'fake', version: '1.0.0', programs }, ports)
  }
}

/** @returns its id, or undefined where there is no Fabric */
async function createReal(): Promise<string | undefined> {
  const found = await fabricPrograms()
  if (!found) return undefined
  const hostId = await hostNamed('local')
  const add = (path: string) => local.addProgram({ kind: 'file', path })
  const programs = { peer: await add(found.peer), orderer: await add(found.orderer) }
  const start = 20_000 + Math.floor(Math.random() * 11_000)
  const ports = await local.freePorts(Array.from({ length: 200 }, (_, index) => start + index))
  return create(smallNetwork('real'), hostId, { kind: 'fabric', version: found.version, programs }, ports)
}

async function settled(): Promise<void> {
  const done = await poll(
    async () => ((await store.operations.list({ limit: 1, open: true })).items.length === 0 ? true : undefined),
    { timeoutMs: 300_000, everyMs: 500 },
  )
  if (!done) throw new Error('the networks did not come to rest')
}

async function remove(networkId: string): Promise<void> {
  const kind: OperationKind = 'delete-network'
  const operation = { id: newId(), kind, actor: 'bench', at: Date.now() }
  await store.networks.change({ networkId, deleting: true, operation })
  worker.engine.wake(networkId)
  await poll(async () => ((await store.networks.get(networkId)) ? undefined : true), {
    timeoutMs: 60_000,
    everyMs: 100,
  })
}

const real = await createReal()
try {
  await createFakes()
  await settled()
  process.stdout.write(`settled ${real ? 'with' : 'without'} Fabric\n`)
  await once(process, 'SIGTERM')
} finally {
  if (real !== undefined) await remove(real)
}
