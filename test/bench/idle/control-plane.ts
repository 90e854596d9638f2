/**
 * A control plane over many networks on the fakes, whose world is a process of its own, and over one of real Fabric where
 * that is found: `control-plane.ts FOLDER NETWORKS`. FOLDER holds its data and the world's sockets. Prints `settled` when all
 * networks were seen as they are wanted; deletes the real one and ends at SIGTERM.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { connectNodeWorld, fakeDriver } from '@cello/driver-fake'
import { createProcessDriver } from '@cello/driver-process'
import { createFabricLedger } from '@cello/ledger-fabric'
import { connectLedgerWorld, fakeLedger } from '@cello/ledger-fake'
import { worldSockets } from '../../fake-world/sockets.ts'
import { smallNetwork } from '../../simulation/platform.ts'
import { fabricPrograms } from './fabric-programs.ts'
import { openPlane } from './plane.ts'

const [folder = '', count = '500'] = process.argv.slice(2)
const sockets = worldSockets(folder)
await using nodes = connectNodeWorld(sockets.nodes)
await using world = connectLedgerWorld(sockets.ledgers)
await using local = createProcessDriver({ dataDir: join(folder, 'host') })
const fakes = fakeDriver({ world: nodes, host: 'fakes' })
const ledgers = [createFabricLedger(), fakeLedger({ world })]
await using plane = await openPlane({ folder, drivers: { local, fakes }, ledgers, httpPort: 18_080 })

async function createFakes(): Promise<void> {
  const program = (name: string) => fakes.addProgram({ kind: 'file', path: `pretend:${name}` })
  const programs = { peer: await program('peer'), orderer: await program('orderer'), node: await program('node') }
  const runtime = { kind: 'fake' as const, version: '1.0.0', programs }
  const ports = Array.from({ length: 40_000 }, (_, index) => 60_000 - index)
  for (let made = 0; made < Number(count); made++) {
    const input = { ...smallNetwork(`network-${made}`), host: 'fakes', runtime: { kind: 'fake' as const } }
    await plane.create({ input, host: 'fakes', runtime, ports })
  }
}

/** @returns its id, or undefined where there is no Fabric */
async function createReal(): Promise<string | undefined> {
  const found = await fabricPrograms()
  if (!found) return undefined
  const add = (path: string) => local.addProgram({ kind: 'file', path })
  const programs = { peer: await add(found.peer), orderer: await add(found.orderer) }
  const start = 20_000 + Math.floor(Math.random() * 11_000)
  const ports = await local.freePorts(Array.from({ length: 200 }, (_, index) => start + index))
  const runtime = { kind: 'fabric' as const, version: found.version, programs }
  return (await plane.create({ input: smallNetwork('real'), host: 'local', runtime, ports })).id
}

const real = await createReal()
try {
  await createFakes()
  await plane.settled()
  process.stdout.write(`settled ${real ? 'with' : 'without'} Fabric\n`)
  await once(process, 'SIGTERM')
} finally {
  if (real !== undefined) await plane.remove(real)
}
