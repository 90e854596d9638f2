import type { HostWork } from '@cello/ports'
import { makeWorld } from './world.ts'

/**
 * A control plane in a process of its own, to be killed: `install-child.ts CACHE DATA RELEASES VERSION SHA256 [STEP]`. With a
 * step it kills itself when that is done and not yet recorded.
 */
const [cacheDir = '', dataDir = '', releases = '', version = '', sha256 = '', killAfter = ''] = process.argv.slice(2)

const around = (work: HostWork): HostWork => ({
  ...work,
  act: async (step, task, options) => {
    await work.act(step, task, options)
    if (step === killAfter) process.kill(process.pid, 'SIGKILL')
  },
})

const world = await makeWorld({ cacheDir, dataDir, releases, around })
process.stdout.write(`${await world.ask({ version, sha256 })}\n`)
