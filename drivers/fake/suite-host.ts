import { newId } from '@cello/kit'
import type { DriverWorld } from '@cello/ports/suites/driver'
import { fakeDriver } from './driver.ts'
import { pretendPrefix } from './program-digest.ts'
import type { WorldApi } from './world-api.ts'

/** A host of the world for the driver suite. */
export function suiteHost(world: WorldApi, host = 'suite'): DriverWorld {
  const driver = fakeDriver({ world, host })
  const newProgram = async () => ({ kind: 'file', path: `${pretendPrefix}/bin/${newId()}` }) as const
  let port = 20_000
  return {
    driver,
    dialable: false,
    reopen: async () => fakeDriver({ world, host }),
    newProgram,
    async node(nodeId, { dies }) {
      if (dies) await world.dieAtOnce({ about: nodeId, ...dies })
      const program = await driver.addProgram(await newProgram())
      return { programs: { node: program }, command: 'node', args: [], ports: { service: ++port } }
    },
    async print(nodeId, lines) {
      for (const line of lines) await world.writeLog(nodeId, line)
    },
    exit: (nodeId, code) => world.exitNode(nodeId, { code }),
    kill: (nodeId) => world.exitNode(nodeId, { code: 'unknown', signal: 'SIGKILL' }),
    cut: (nodeId) => world.cutNode(nodeId, true),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  }
}
