import { runUntil } from '../crash/run-until.ts'
import { openRealStore, overRealFabric } from './over-real-fabric.ts'

/** A control plane on real Fabric that ends itself: `control-plane.ts FOLDER SCENARIO CRASH_AT FIRST_PORT`. FOLDER holds all its data. */
const [folder = '', name = 'create', crashAt = '0', firstPort = ''] = process.argv.slice(2)
await using store = await openRealStore(folder)
await runUntil(name, Number(crashAt), store, (watched) => overRealFabric(folder, watched, Number(firstPort)))
