import { suite, test } from 'node:test'
import { seededRandom } from '@cello/kit'
import type { ScenarioName } from '../crash/scenarios.ts'
import { devnode, fabric3 } from '../runtimes.ts'
import { crashAt } from './crash-at.ts'

/** Points that each scenario passes, as counted by point 0; one more or less does no harm. */
const samples = [
  {
    runtime: fabric3,
    size: 30,
    points: { create: 63, 'add peer': 18, 'add orderer': 21, deploy: 40, upgrade: 50, invoke: 4, delete: 27 },
  },
  {
    runtime: devnode,
    size: 30,
    points: { create: 49, 'add peer': 18, deploy: 40, upgrade: 50, invoke: 4, delete: 21 },
  },
] as const
/** Changing it looks elsewhere; a failure is found again with the same. */
const seed = 20_261_122

for (const { runtime, size, points } of samples) {
  suite(`kill -9 at a step boundary, a sample on ${runtime.name}`, { skip: runtime.skip, concurrency: 2 }, () => {
    const random = seededRandom(seed)
    // Typed as a list of pairs: the names are those of the table above.
    const scenarios = Object.entries(points) as [ScenarioName, number][]
    for (let index = 0; index < size; index++) {
      const [scenario, count] = scenarios[index % scenarios.length] ?? ['create', 1]
      const point = 1 + Math.floor(random() * count)
      test(`${scenario}, killed at point ${point}: it completes, nothing is done twice, nothing is left`, async () => {
        await crashAt(runtime, scenario, point)
      })
    }
  })
}
