import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { PlatformError } from '@cello/model'
import type { Driver, DriverCapabilities, Reached } from '../driver.ts'
import { type DriverWorld, readLines, refusal, seenAs, specOf } from './driver-world.ts'

/** What is read: facts, ports, logs, readings, hints, ways to dial, programs. */
export function describeLooks(given: () => DriverWorld, capabilities: DriverCapabilities): void {
  describe('what a driver says of its host', () => {
    test('it can do what it says it can', () => {
      assert.deepEqual(given().driver.capabilities, capabilities)
    })

    test('facts', async () => {
      const facts = await given().driver.facts()
      assert.ok(['amd64', 'arm64'].includes(facts.arch), facts.arch)
      assert.equal(facts.os, 'linux')
      assert.ok(facts.ports.from >= 1024 && facts.ports.from <= facts.ports.to && facts.ports.to <= 65_535)
      assert.ok(facts.cpus >= 1 && facts.memoryBytes > 0 && facts.diskFreeBytes <= facts.diskTotalBytes)
      assert.notEqual(facts.address, '')
    })

    test('free ports are some of those asked for, in their order', async () => {
      const { driver, dialable } = given()
      const { from } = (await driver.facts()).ports
      const candidates = Array.from({ length: 20 }, (_, n) => from + 3000 + n)
      const free = await driver.freePorts(candidates)
      assert.deepEqual(
        free,
        candidates.filter((port) => free.includes(port)),
      )
      if (dialable) await assertTakenPortIsLeftOut(driver)
    })
  })

  describeLogs(given, capabilities)

  describe('readings', () => {
    test('of a running node', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      if (!capabilities.stats) return assert.rejects(driver.stats(spec.id), refusal('UNSUPPORTED'))
      const stats = await driver.stats(spec.id)
      assert.ok(stats.cpuMs >= 0 && stats.memoryBytes > 0 && stats.diskBytes >= 0, JSON.stringify(stats))
      await driver.remove(spec.id, { fence: 1 })
      await assert.rejects(driver.stats(spec.id), refusal('NOT_FOUND'))
    })
  })

  describe('hints', () => {
    test('stop when nobody wants them any more', async () => {
      const { driver } = given()
      const hints: string[] = []
      const watch = driver.watch((id) => hints.push(id))
      watch[Symbol.dispose]()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      await driver.stop(spec.id, { fence: 1 })
      assert.deepEqual(hints, [])
    })
  })

  describeReach(given)

  describe('programs', () => {
    test('that nobody uses are collected, and a node that needs one says so', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      const mine = Object.values(spec.programs).map((program) => program.digest)
      const [kept, dropped] = await Promise.all([
        driver.addProgram(await given().newProgram()),
        driver.addProgram(await given().newProgram()),
      ])
      await driver.collectPrograms(new Set(mine), { keepAskedMs: 3_600_000 })
      await driver.collectPrograms(new Set([...mine, kept.digest]))
      const needing = (extra: typeof kept) => ({ ...spec, programs: { ...spec.programs, extra } })
      await assert.rejects(driver.ensure(needing(dropped), { fence: 1 }), refusal('PROGRAM_MISSING'))
      await driver.ensure(needing(kept), { fence: 1 })
      await seenAs(driver, spec.id, 'running')
      // What nodes are specified to run stays, named or not.
      await driver.stop(spec.id, { fence: 1 })
      await driver.collectPrograms(new Set())
      await driver.start(spec.id, { fence: 1 })
      await seenAs(driver, spec.id, 'running')
    })
  })
}

function describeLogs(given: () => DriverWorld, capabilities: DriverCapabilities): void {
  describe('the log of a node', () => {
    const printed = Array.from({ length: 50 }, (_, n) => `log line ${n}`)

    test('has all lines in order, and its tail the last ones', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      await given().print(spec.id, printed)
      const all = await readLines(driver.logs(spec.id))
      assert.deepEqual(all.slice(-50), printed)
      assert.deepEqual(await readLines(driver.logs(spec.id, { tail: 3 })), printed.slice(-3))
      assert.deepEqual(await readLines(driver.logs(spec.id, { tail: 0 })), [])
    })

    test('goes on while it is followed, over a restart of the node', async () => {
      const { driver } = given()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      if (!capabilities.followLogs) {
        return assert.rejects(readLines(driver.logs(spec.id, { follow: true })), refusal('UNSUPPORTED'))
      }
      await given().print(spec.id, ['before'])
      const signal = AbortSignal.timeout(60_000)
      const followed = readLines(driver.logs(spec.id, { follow: true, tail: 1, signal }), (l) => l.includes('after'))
      await given().print(spec.id, ['meanwhile'])
      await driver.ensure({ ...spec, incarnation: 2 }, { fence: 1 })
      await given().print(spec.id, ['after'])
      const texts = await followed
      assert.equal(texts[0], 'before')
      assert.deepEqual(
        texts.filter((text) => ['meanwhile', 'after'].includes(text)),
        ['meanwhile', 'after'],
      )
    })

    test('ends when the signal fires', { skip: !capabilities.followLogs && 'it cannot be followed' }, async () => {
      const { driver } = given()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      const signal = AbortSignal.timeout(100)
      await readLines(driver.logs(spec.id, { follow: true, signal }))
      assert.ok(signal.aborted)
    })
  })
}

function describeReach(given: () => DriverWorld): void {
  describe('the way to a node', () => {
    test('is given for each of its ports and no other', async () => {
      const { driver, dialable } = given()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      const reached = await driver.reach(spec.id, 'service')
      assert.ok(reached.host !== '' && reached.port > 0)
      if (dialable) {
        await given().print(spec.id, ['it listens'])
        assert.equal(await echo(await dial(reached), 'hello\n'), 'hello\n')
      }
      await reached.close()
      await assert.rejects(driver.reach(spec.id, 'chaincode'), refusal('NOT_FOUND'))
    })

    test('ends when it is cut: nothing hangs', async () => {
      const { driver, dialable } = given()
      const spec = await specOf(given())
      await driver.ensure(spec, { fence: 1 })
      await given().print(spec.id, ['it listens'])
      const reached = await driver.reach(spec.id, 'service')
      const socket = dialable ? await dial(reached) : undefined
      if (socket) assert.equal(await echo(socket, 'hello\n'), 'hello\n')
      await given().cut(spec.id)
      if (socket) await within(hangsMs, closed(socket), 'the open connection hangs')
      const again = await within(hangsMs, answers(driver, spec.id, dialable), 'dialling it anew hangs')
      assert.equal(again, false)
      await reached.close()
    })
  })
}

/** Whether the node can be reached now. */
async function answers(driver: Driver, nodeId: string, dialable: boolean): Promise<boolean> {
  try {
    const reached = await driver.reach(nodeId, 'service')
    if (!dialable) return true
    const socket = await dial(reached)
    return (await echo(socket, 'hello\n')) !== ''
  } catch (error) {
    if (error instanceof PlatformError) return !refusal('NODE_UNREACHABLE')(error)
    return false
  }
}

function dial({ host, port }: Reached): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // An error after the connection was made shows as its end.
    const socket = connect(port, host, () => resolve(socket)).on('error', reject)
  })
}

/** What came back before the connection ended or the first piece was whole. */
function echo(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (data) => resolve(data.toString()))
    socket.once('close', () => resolve(''))
    socket.write(text)
  })
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.once('close', () => resolve())
  })
}

/** From then on something hangs: far beyond what a busy machine takes. */
const hangsMs = 30_000

function within<T>(ms: number, work: Promise<T>, complaint: string): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(complaint)), ms).unref()
  })
  return Promise.race([work, late])
}

async function assertTakenPortIsLeftOut(driver: Driver): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  assert.deepEqual(await driver.freePorts([port]), [])
  server.close()
}
