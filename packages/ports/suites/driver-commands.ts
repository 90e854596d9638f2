import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '@cello/kit'
import type { Driver, NodeSpec } from '../driver.ts'
import { type DriverWorld, find, refusal, seenAs, specOf } from './driver-world.ts'

/** What holds for commands: repetition, fences, cancelling, unknown ids, and a control plane that took over. */
export function describeCommands(given: () => DriverWorld): void {
  describe('a repeated command', () => {
    test('changes nothing when it ensures what is so', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      const first = await driver.ensure(spec, { fence: 1 })
      const second = await driver.ensure(spec, { fence: 1 })
      assert.deepEqual([second.pid, second.startedAt], [first.pid, first.startedAt])
    })

    test('starts a node once, also when it comes while the first is still under way', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      const answers = await Promise.all([1, 2, 3].map(() => driver.ensure(spec, { fence: 1 })))
      assert.equal(new Set(answers.map((answer) => answer.pid)).size, 1)
      assert.equal((await driver.observe()).filter((node) => node.id === spec.id).length, 1)
    })

    test('is fine for start, stop and remove', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      const first = await driver.ensure(spec, { fence: 1 })
      assert.equal((await driver.start(spec.id, { fence: 1 })).pid, first.pid)
      await driver.stop(spec.id, { fence: 1 })
      await driver.stop(spec.id, { fence: 1 })
      await driver.remove(spec.id, { fence: 1 })
      await driver.remove(spec.id, { fence: 1 })
      assert.equal(await find(driver, spec.id), undefined)
    })

    test('adds a program once', async () => {
      const { driver } = given()
      const source = await given().newProgram()
      const first = await driver.addProgram(source)
      assert.match(first.digest, /^[0-9a-f]{64}$/)
      assert.deepEqual(await driver.addProgram(source), first)
    })
  })

  describe('a command about a node that nobody knows', () => {
    test('is done already, when it stops or removes', async () => {
      const { driver } = given()
      await driver.stop(newId(), { fence: 1 })
      await driver.remove(newId(), { fence: 1 })
    })

    test('is refused, when it needs the node', async () => {
      const { driver } = given()
      const id = newId()
      await assert.rejects(driver.start(id, { fence: 1 }), refusal('NOT_FOUND'))
      await assert.rejects(driver.reach(id, 'service'), refusal('NOT_FOUND'))
      await assert.rejects(async () => {
        for await (const line of driver.logs(id)) assert.fail(line.text)
      }, refusal('NOT_FOUND'))
    })
  })

  describe('a command with a stale fence', () => {
    const commands: Record<string, (driver: Driver, spec: NodeSpec, fence: number) => Promise<unknown>> = {
      ensure: (driver, spec, fence) => driver.ensure({ ...spec, incarnation: 2 }, { fence }),
      stop: (driver, spec, fence) => driver.stop(spec.id, { fence }),
      start: (driver, spec, fence) => driver.start(spec.id, { fence }),
      remove: (driver, spec, fence) => driver.remove(spec.id, { fence }),
    }
    for (const [name, command] of Object.entries(commands)) {
      test(`is refused and changes nothing: ${name}`, async () => {
        const { driver } = given()
        const spec = await specOf(given())
        const first = await driver.ensure(spec, { fence: 5 })
        await assert.rejects(command(driver, spec, 4), refusal('STALE_FENCE'))
        const seen = await seenAs(driver, spec.id, 'running')
        assert.deepEqual([seen.pid, seen.incarnation], [first.pid, 1])
        await command(driver, spec, 6)
        await assert.rejects(driver.ensure(spec, { fence: 5 }), refusal('STALE_FENCE'))
      })
    }

    test('is refused by a driver that was opened later, too', async () => {
      const spec = await specOf(given())
      await given().driver.ensure(spec, { fence: 8 })
      await using later = await given().reopen()
      await assert.rejects(later.stop(spec.id, { fence: 7 }), refusal('STALE_FENCE'))
      await later.stop(spec.id, { fence: 8 })
    })
  })

  describe('a command that is cancelled', () => {
    test('before it began does nothing', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      await assert.rejects(driver.ensure(spec, { fence: 1, signal: AbortSignal.abort() }))
      assert.equal(await find(driver, spec.id), undefined)
    })
  })

  describe('a driver opened over a host where another worked', () => {
    test('finds and adopts the nodes, also those that no row knows', async () => {
      const spec = await specOf(given())
      const first = await given().driver.ensure(spec, { fence: 1 })
      await using later = await given().reopen()
      const seen = await find(later, spec.id)
      assert.deepEqual([seen?.state, seen?.pid, seen?.startedAt], ['running', first.pid, first.startedAt])
      assert.deepEqual(seen?.labels, spec.labels)
      const again = await later.ensure(spec, { fence: 1 })
      assert.deepEqual([again.pid, again.startedAt], [first.pid, first.startedAt])
    })

    test('stops, starts and removes them', async () => {
      const spec = await specOf(given())
      const first = await given().driver.ensure(spec, { fence: 1 })
      await using later = await given().reopen()
      await later.stop(spec.id, { fence: 2 })
      assert.equal((await find(later, spec.id))?.state, 'stopped')
      assert.notEqual((await later.start(spec.id, { fence: 2 })).pid ?? 'new', first.pid ?? 'old')
      await later.remove(spec.id, { fence: 2 })
      assert.equal(await find(later, spec.id), undefined)
      assert.equal(await find(given().driver, spec.id), undefined)
    })

    test('sees how a node ended that ended meanwhile', async () => {
      const spec = await specOf(given())
      await given().driver.ensure(spec, { fence: 1 })
      await given().exit(spec.id, 5)
      await seenAs(given().driver, spec.id, 'exited')
      await using later = await given().reopen()
      assert.equal((await find(later, spec.id))?.exit?.code, 5)
    })
  })
}
