/** Plays the ordering scenarios on a real orderer and writes down what was seen: `node test/devnode/record-ordering.ts`. */
import { writeFileSync } from 'node:fs'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { planOrdering, startOrderer } from './ordering.ts'
import { playAll } from './play.ts'
import { recordingFile } from './recording.ts'

const version = '3.1.5'
const fabric = realFabric(version, ['orderer'])
if (fabric.skip !== false) throw new Error(fabric.skip)
using ordering = await planOrdering({ shipped: fabric.config })
await using running = await startOrderer(ordering, { program: fabric.program('orderer'), args: [] })
const seen = await playAll(ordering, running)
const recordedOn = new Date().toISOString().slice(0, 10)
writeFileSync(recordingFile, `${JSON.stringify({ fabric: version, recordedOn, seen }, null, 2)}\n`)
