import { join } from 'node:path'
import { connectNodeWorld } from '@cello/driver-fake'
import { connectLedgerWorld } from '@cello/ledger-fake'
import { openSealer, openStore } from '@cello/store'
import { worldSockets } from '../fake-world/sockets.ts'
import { platformOver } from '../simulation/platform.ts'
import { withCrashPoints } from './crash-points.ts'
import { type ScenarioName, scenarios } from './scenarios.ts'

/**
 * A control plane that ends itself by SIGKILL at a given crash point: `control-plane.ts FOLDER SCENARIO CRASH_AT`. FOLDER
 * holds its data and the world's sockets. With CRASH_AT 0 it goes through, and prints how many points it passed.
 */
const [folder = '', name = 'create', crashAt = '0'] = process.argv.slice(2)
const scenario = scenarios[name as ScenarioName]
let counting = false
let passed = 0
const at = (point: string) => {
  if (!counting) return
  passed += 1
  if (passed !== Number(crashAt)) return
  process.stdout.write(`killed ${point}\n`)
  process.kill(process.pid, 'SIGKILL')
  // The signal may take a moment; nothing more may happen.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

const sockets = worldSockets(folder)
const sealer = await openSealer(join(folder, 'master.key'))
await using store = await openStore({ file: join(folder, 'cello.db'), sealer })
await using nodes = connectNodeWorld(sockets.nodes)
await using ledgers = connectLedgerWorld(sockets.ledgers)
await using platform = await platformOver({ store: withCrashPoints(store, at), nodes, ledgers })
await scenario.prepare(platform)
counting = true
const operation = await scenario.act(platform)
if (operation !== undefined) await platform.ended(operation)
counting = false
process.stdout.write(`passed ${passed}\n`)
