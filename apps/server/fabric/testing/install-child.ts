import { host, makeWorld } from './world.ts'

/** Installs in a process of its own, to be killed: `install-child.ts CACHE RELEASES VERSION SHA256`. */
const [cacheDir = '', releases = '', version = '', sha256 = ''] = process.argv.slice(2)
const world = await makeWorld({ cacheDir, releases })
const view = await world.catalogue.install(host, { version, sha256 }, 'tester')
process.stdout.write(`${view.id}\n`)
