import { test } from 'node:test'
import { wander } from './wander.ts'

/** `CELLO_PROPERTY_SEED` begins elsewhere. */
const first = Number(process.env['CELLO_PROPERTY_SEED'] ?? 1)

for (let seed = first; seed < first + 6; seed++) {
  test(`whatever is done to a network one thing after the other, it becomes as it is wanted, and then nothing (${seed})`, async () => {
    await wander(seed, 16)
  })
}
