import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { startWriter } from './testing/child.ts'
import { temporaryFolder } from './testing/temporary-store.ts'

/** Kills per run; a nightly run asks for 1,000 (research/reliability-performance.md, R18). */
const cycles = Number(process.env.CELLO_KILL_CYCLES ?? 200)
/** Side by side, each on its own folder: a process start is mostly waiting. */
const lanes = 4

test(`${cycles} kills -9 in the middle of writing lose nothing that was acknowledged and leave the file whole`, async (t) => {
  const counts = await Promise.all(
    Array.from({ length: lanes }, (_, lane) => killAgainAndAgain(Math.ceil((cycles - lane) / lanes))),
  )
  t.diagnostic(`${counts.reduce((sum, count) => sum + count, 0)} acknowledged writes, none lost`)
})

/** @returns the number of writes that were acknowledged over all kills. */
async function killAgainAndAgain(kills: number): Promise<number> {
  await using folder = await temporaryFolder()
  const acknowledged: string[] = []
  try {
    for (let cycle = 0; cycle < kills; cycle++) {
      await using child = startWriter(folder.path, `c${cycle}`)
      // Spread over the first commits, the first checkpoints and the time between.
      await child.reaches(1 + ((cycle * 7919) % 61))
      await child.kill()
      acknowledged.push(...child.acknowledged)
      verify(join(folder.path, 'cello.db'), acknowledged, cycle)
    }
  } finally {
    await rm(`${folder.path}.cache`, { recursive: true, force: true })
  }
  return acknowledged.length
}

/** Each write is a network, its operation and its event: all three are there, or none. */
function verify(file: string, acknowledged: readonly string[], cycle: number): void {
  const database = new Database(file, { readonly: true })
  try {
    const names = (sql: string) =>
      database
        .prepare<[], { name: string }>(sql)
        .all()
        .map(({ name }) => name)
    const networks = new Set(names('SELECT name FROM networks'))
    assert.deepEqual(
      acknowledged.filter((name) => !networks.has(name)),
      [],
      `lost in cycle ${cycle}`,
    )
    const whole = names(
      `SELECT networks.name FROM networks JOIN operations ON network_id = networks.id
       JOIN events ON operation_id = operations.id`,
    )
    assert.equal(whole.length, networks.size, `half a write in cycle ${cycle}`)
    assert.deepEqual(names('SELECT integrity_check AS name FROM pragma_integrity_check'), ['ok'], `cycle ${cycle}`)
  } finally {
    database.close()
  }
}
