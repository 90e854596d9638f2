/** Killed at any moment under load, orderer and peer keep all that was acknowledged, and the state is that of the blocks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundledPrograms } from './bundled.ts'
import { killOver } from './kills/killing.ts'

/** The long run, in `long/kills.test.ts`, makes 5,000. */
const cycles = Number(process.env['CELLO_KILL_CYCLES'] ?? 200)

test(`${cycles} kills under load`, { timeout: 120_000 + cycles * 5_000 }, async (context) => {
  using programs = await bundledPrograms()
  const kills = await killOver(programs, { cycles, seed: 20_261_122, lanes: 2 }, (line) => context.diagnostic(line))
  assert.ok(kills.orderer + kills.peer >= cycles)
})
