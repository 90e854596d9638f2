import { makeWorld } from './world.ts'

/** A control plane in a process of its own, to be killed: `install-child.ts CACHE DATA RELEASES VERSION SHA256`. */
const [cacheDir = '', dataDir = '', releases = '', version = '', sha256 = ''] = process.argv.slice(2)
const world = await makeWorld({ cacheDir, dataDir, releases })
process.stdout.write(`${await world.ask({ version, sha256 })}\n`)
