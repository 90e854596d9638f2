/** As `../kills.test.ts`, for as long as it takes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundledPrograms } from '../bundled.ts'
import { killOver } from '../kills/killing.ts'

const cycles = Number(process.env['CELLO_KILL_CYCLES'] ?? 5_000)
/** Another one each time, so that runs add up; give it again to see a failure again. */
const seed = Number(process.env['CELLO_KILL_SEED'] ?? Date.now() % 2 ** 31)

test(`${cycles} kills under load, seed ${seed}`, { timeout: 120_000 + cycles * 5_000 }, async () => {
  using programs = await bundledPrograms()
  const kills = await killOver(programs, { cycles, seed, lanes: 2 }, (line) => process.stdout.write(`${line}\n`))
  assert.ok(kills.orderer + kills.peer >= cycles)
})
