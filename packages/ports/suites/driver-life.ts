import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DriverCapabilities } from '../driver.ts'
import { specDigest } from '../spec-digest.ts'
import { type DriverWorld, find, refusal, seenAs, specOf } from './driver-world.ts'

/** From the first start to the last trace. */
export function describeLife(given: () => DriverWorld, { restarts }: DriverCapabilities): void {
  describe('the life of a node', () => {
    test('a node that is ensured runs as specified', async () => {
      const { driver } = given()
      const spec = await specOf(given(), {}, { incarnation: 4 })
      const answer = await driver.ensure(spec, { fence: 1 })
      const seen = await seenAs(driver, spec.id, 'running')
      assert.equal(answer.id, spec.id)
      assert.equal(seen.incarnation, 4)
      assert.equal(seen.specDigest, specDigest(spec))
      assert.deepEqual(seen.labels, spec.labels)
      assert.equal(seen.exit, undefined)
      assert.ok(Math.abs((seen.startedAt ?? 0) - Date.now()) < 60_000, `started at ${seen.startedAt}`)
    })

    test('another specification restarts it, and the old run is gone', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      const first = await driver.ensure(spec, { fence: 1 })
      const changed = { ...spec, env: { SUITE: 'changed' } }
      await driver.ensure(changed, { fence: 1 })
      const seen = await seenAs(driver, spec.id, 'running')
      assert.equal(seen.specDigest, specDigest(changed))
      assert.notEqual(seen.pid ?? 'new', first.pid ?? 'old')
    })

    test('another incarnation restarts it', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      const first = await driver.ensure(spec, { fence: 1 })
      await driver.ensure({ ...spec, incarnation: 2 }, { fence: 1 })
      const seen = await seenAs(driver, spec.id, 'running')
      assert.equal(seen.incarnation, 2)
      assert.notEqual(seen.pid ?? 'new', first.pid ?? 'old')
    })

    test('other labels alone do not restart it', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      const first = await driver.ensure(spec, { fence: 1 })
      const second = await driver.ensure({ ...spec, labels: { ...spec.labels, name: 'peer7' } }, { fence: 1 })
      assert.deepEqual([second.pid, second.startedAt], [first.pid, first.startedAt])
    })

    test('a stopped node stays stopped, and starts with the specification it has', async () => {
      const { driver } = given()
      const spec = await specOf(given(), {}, { incarnation: 3 })
      await driver.ensure(spec, { fence: 1 })
      await driver.stop(spec.id, { fence: 1 })
      const stopped = await seenAs(driver, spec.id, 'stopped')
      assert.equal(stopped.exit, undefined, 'who was asked to end did not end by itself')
      await driver.start(spec.id, { fence: 1 })
      const seen = await seenAs(driver, spec.id, 'running')
      assert.deepEqual([seen.incarnation, seen.specDigest], [3, specDigest(spec)])
    })

    test('a node that does not end when asked is killed', async () => {
      const { driver } = given()
      const spec = await specOf(given(), { stubborn: true })
      await driver.ensure(spec, { fence: 1 })
      await given().print(spec.id, ['it is up, and deaf'])
      await driver.stop(spec.id, { fence: 1, graceMs: 100 })
      assert.equal((await find(driver, spec.id))?.state, 'stopped')
    })

    test('a node that is removed is gone, and may be made anew', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      await driver.remove(spec.id, { fence: 1 })
      assert.equal(await find(driver, spec.id), undefined)
      await assert.rejects(driver.start(spec.id, { fence: 1 }), refusal('NOT_FOUND'))
      await driver.ensure(spec, { fence: 1 })
      await seenAs(driver, spec.id, 'running')
    })

    test('many nodes are ensured at once', async () => {
      const { driver } = given()
      const specs = await Promise.all([1, 2, 3, 4, 5].map(() => specOf(given())))
      await Promise.all(specs.map((spec) => driver.ensure(spec, { fence: 1 })))
      for (const spec of specs) await seenAs(driver, spec.id, 'running')
    })
  })

  describe('a node that ends by itself', { skip: restarts === 'host' && 'this host restarts its nodes' }, () => {
    test('is seen as exited with its code and what it printed last', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      await given().print(
        spec.id,
        Array.from({ length: 30 }, (_, n) => `line ${n}`),
      )
      await given().exit(spec.id, 3)
      const seen = await seenAs(driver, spec.id, 'exited')
      assert.equal(seen.exit?.code, 3)
      assert.ok(Math.abs((seen.exit?.at ?? 0) - Date.now()) < 60_000, `ended at ${seen.exit?.at}`)
      assert.equal(seen.lastLines?.at(-1), 'line 29')
      assert.ok((seen.lastLines?.length ?? 0) <= 20)
      assert.equal(seen.specDigest, specDigest(spec))
    })

    test('is seen as exited when it was killed, and an ensure brings it back', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      await given().kill(spec.id)
      assert.notEqual((await seenAs(driver, spec.id, 'exited')).exit?.code, 0)
      await driver.ensure(spec, { fence: 1 })
      const back = await seenAs(driver, spec.id, 'running')
      assert.deepEqual([back.exit, back.lastLines], [undefined, undefined])
    })

    test('is known by its last lines even when it dies at once', async () => {
      const { driver } = given()
      const spec = await specOf(given(), { dies: { code: 9, lines: ['panic: no such thing'] } })
      // Whether it was fast enough to be caught by ensure is chance.
      await driver.ensure(spec, { fence: 1 }).catch((error: unknown) => refusal('NODE_EXITED')(error))
      const seen = await seenAs(driver, spec.id, 'exited')
      assert.equal(seen.exit?.code, 9)
      assert.equal(seen.lastLines?.at(-1), 'panic: no such thing')
    })

    test('is stopped once it was told to', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      await given().exit(spec.id, 1)
      await seenAs(driver, spec.id, 'exited')
      await driver.stop(spec.id, { fence: 1 })
      assert.equal((await find(driver, spec.id))?.state, 'stopped')
    })
  })
}
