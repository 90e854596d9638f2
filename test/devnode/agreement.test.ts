/** The devnode orders as real Fabric was seen to do; where Fabric is found, it is seen again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { planOrdering, startOrderer } from './ordering.ts'
import { playAll } from './play.ts'
import { devnodeOrderer } from './program.ts'
import { readRecording } from './recording.ts'

const recording = readRecording()

test('the devnode answers every ordering scenario as recorded from real Fabric', async () => {
  using ordering = await planOrdering()
  await using running = await startOrderer(ordering, devnodeOrderer)
  const seen = await playAll(ordering, running)
  for (const [name, recorded] of Object.entries(recording.seen)) {
    assert.deepEqual(seen[name], recorded, name)
  }
  assert.deepEqual(Object.keys(seen).sort(), Object.keys(recording.seen).sort())
})

const fabric = realFabric(recording.fabric, ['orderer'])

test(`an orderer of Fabric ${recording.fabric} still answers as recorded`, { skip: fabric.skip }, async () => {
  using ordering = await planOrdering({ shipped: fabric.config })
  await using running = await startOrderer(ordering, { program: fabric.program('orderer'), args: [] })
  assert.deepEqual(await playAll(ordering, running), recording.seen)
})
