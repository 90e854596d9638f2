import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { startWriter } from './testing/child.ts'
import { temporaryFolder } from './testing/temporary-store.ts'

/** Kills per run: 100 take about 20 s of two free cores. A nightly run asks for 1,000. */
const cycles = Number(process.env.CELLO_KILL_CYCLES ?? 100)
/** Side by side, each on its own folder: a process start is mostly waiting. */
const lanes = 4

test(`${cycles} kills -9 in the middle of writing lose nothing that was acknowledged and leave the file whole`, async (t) => {
  await using cache = await temporaryFolder()
  await using warm = await temporaryFolder()
  await startWriter(warm.path, { mode: 'once', compileCache: cache.path }).ends()
  const counts = await Promise.all(
    Array.from({ length: lanes }, (_, lane) => killAgainAndAgain(Math.ceil((cycles - lane) / lanes), cache.path)),
  )
  t.diagnostic(`${counts.reduce((sum, count) => sum + count, 0)} acknowledged writes, none lost`)
})

/** @returns the number of writes that were acknowledged over all kills. */
async function killAgainAndAgain(kills: number, compileCache: string): Promise<number> {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'cello.db')
  const acknowledged: string[] = []
  for (let cycle = 0; cycle < kills; cycle++) {
    await using child = startWriter(folder.path, { prefix: `c${cycle}`, compileCache })
    // Spread over the first commits, the first checkpoints and the time between.
    await child.reaches(1 + ((cycle * 7919) % 61))
    await child.kill()
    acknowledged.push(...child.acknowledged)
    verify(file, acknowledged, cycle)
  }
  // Each opening after a kill has checked the whole file as well, and would have ended the child.
  checkWhole(file)
  return acknowledged.length
}

/** Each write is a network, its operation and its event: all three are there, or none. */
function verify(file: string, acknowledged: readonly string[], cycle: number): void {
  const networks = new Set(ask(file, 'SELECT name AS text FROM networks'))
  assert.deepEqual(
    acknowledged.filter((name) => !networks.has(name)),
    [],
    `lost in cycle ${cycle}`,
  )
  const whole = ask(
    file,
    `SELECT networks.name AS text FROM networks JOIN operations ON subject_id = networks.id
     JOIN events ON operation_id = operations.id`,
  )
  assert.equal(whole.length, networks.size, `half a write in cycle ${cycle}`)
}

function checkWhole(file: string): void {
  assert.deepEqual(ask(file, 'SELECT integrity_check AS text FROM pragma_integrity_check'), ['ok'])
}

function ask(file: string, sql: string): string[] {
  const database = new Database(file, { readonly: true })
  try {
    return database
      .prepare<[], { text: string }>(sql)
      .all()
      .map(({ text }) => text)
  } finally {
    database.close()
  }
}
