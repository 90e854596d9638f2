import { runUntil } from '../crash/run-until.ts'
import { runtimeNamed } from '../runtimes.ts'
import { openFileStore, overRuntime } from './over-runtime.ts'

/** A control plane over real nodes that ends itself: `control-plane.ts RUNTIME FOLDER SCENARIO CRASH_AT FIRST_PORT`. FOLDER holds all its data. */
const [name = '', folder = '', scenario = 'create', crashAt = '0', firstPort = ''] = process.argv.slice(2)
const place = { runtime: runtimeNamed(name), folder, firstPort: Number(firstPort) }
await using store = await openFileStore(folder)
await runUntil(scenario, Number(crashAt), store, (watched) => overRuntime(place, watched))
