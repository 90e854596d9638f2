import { join } from 'node:path'
import { connectNodeWorld } from '@cello/driver-fake'
import { connectLedgerWorld } from '@cello/ledger-fake'
import { openSealer, openStore } from '@cello/store'
import { worldSockets } from '../fake-world/sockets.ts'
import { platformOver } from '../simulation/platform.ts'
import { runUntil } from './run-until.ts'

/** A control plane on the fakes that ends itself: `control-plane.ts FOLDER SCENARIO CRASH_AT`. FOLDER holds its data and the world's sockets. */
const [folder = '', name = 'create', crashAt = '0'] = process.argv.slice(2)
const sockets = worldSockets(folder)
const sealer = await openSealer(join(folder, 'master.key'))
await using store = await openStore({ file: join(folder, 'cello.db'), sealer })
await using nodes = connectNodeWorld(sockets.nodes)
await using ledgers = connectLedgerWorld(sockets.ledgers)
await runUntil(name, Number(crashAt), store, (watched) => platformOver({ store: watched, nodes, ledgers }))
