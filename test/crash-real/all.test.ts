import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { scenarioNames } from '../crash/scenarios.ts'
import { fabric3 } from '../runtimes.ts'
import { crashAt } from './crash-at.ts'

const side = 2

suite('kill -9 at every step boundary on real Fabric', { skip: fabric3.skip, concurrency: 1 }, () => {
  for (const scenario of scenarioNames) {
    test(`${scenario}: whatever the moment, it completes, nothing is done twice, nothing is left`, async (t) => {
      const count = await crashAt(fabric3, scenario, 0)
      assert.ok(count)
      t.diagnostic(`${count} points`)
      const left = Array.from({ length: count }, (_, index) => index + 1)
      const failures: unknown[] = []
      const work = async () => {
        for (let point = left.shift(); point !== undefined; point = left.shift()) {
          await crashAt(fabric3, scenario, point).catch((error: unknown) => failures.push(error))
        }
      }
      await Promise.all(Array.from({ length: side }, work))
      if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'))
    })
  }
})
