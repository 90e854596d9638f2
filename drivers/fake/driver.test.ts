import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@cello/kit'
import type { Driver, NodeSpec, ProgramRef } from '@cello/ports'
import { fakeDriver, NodeWorld } from './index.ts'

const spec = (program: ProgramRef, change: Partial<NodeSpec> = {}): NodeSpec => ({
  id: 'n1',
  incarnation: 1,
  labels: { network: 'demo', organization: 'Org1', name: 'peer0', kind: 'peer' },
  programs: { peer: program },
  command: 'peer',
  args: [],
  env: {},
  files: [],
  secretFiles: [{ path: 'key', content: new Secret('k') }],
  ports: { service: 7051 },
  graceMs: 1000,
  ...change,
})

async function setUp(): Promise<{ world: NodeWorld; driver: Driver; program: ProgramRef }> {
  const world = new NodeWorld()
  const driver = fakeDriver({ world, host: 'local' })
  return { world, driver, program: await driver.addProgram({ kind: 'file', path: 'pretend:/bin/peer' }) }
}

test('an answer that is lost leaves an effect, and the repetition leaves none', async () => {
  const { world, driver, program } = await setUp()
  await world.addFault({ method: 'ensure', when: 'after' })
  await assert.rejects(driver.ensure(spec(program), { fence: 1 }), { code: 'HOST_UNREACHABLE' })
  const node = await driver.ensure(spec(program), { fence: 1 })
  assert.equal(node.state, 'running')
  const kinds = (await world.journal()).map((effect) => effect.kind)
  assert.deepEqual(kinds, ['add-program', 'create', 'start'])
  assert.deepEqual((await world.calls()).ensure, 2)
})

test('a port that another node listens on is taken until that node stops', async () => {
  const { driver, program } = await setUp()
  await driver.ensure(spec(program), { fence: 1 })
  await assert.rejects(driver.ensure(spec(program, { id: 'n2' }), { fence: 1 }), { code: 'PORT_TAKEN' })
  await driver.stop('n1', { fence: 1 })
  assert.equal((await driver.ensure(spec(program, { id: 'n2' }), { fence: 1 })).state, 'running')
})

test('a node that dies at once is seen as exited with its last lines', async () => {
  const { world, driver, program } = await setUp()
  await world.dieAtOnce({ about: 'demo/Org1', code: 2, lines: ['panic: no good'] })
  await driver.ensure(spec(program), { fence: 1 })
  const [seen] = await driver.observe()
  assert.equal(seen?.state, 'exited')
  assert.equal(seen?.exit?.code, 2)
  assert.equal(seen?.lastLines?.at(-1), 'panic: no good')
})

test('data belongs to the volume: it outlives a restart and not a removal', async () => {
  const { driver, program } = await setUp()
  const host = async () => (await driver.reach('n1', 'service')).host
  await driver.ensure(spec(program), { fence: 1 })
  const first = await host()
  await driver.ensure(spec(program, { incarnation: 2 }), { fence: 1 })
  assert.equal(await host(), first)
  await driver.remove('n1', { fence: 1 })
  await assert.rejects(driver.reach('n1', 'service'), { code: 'NOT_FOUND' })
  await driver.ensure(spec(program), { fence: 1 })
  assert.notEqual(await host(), first)
})

test('what was removed is no longer observed, and a stale command does not bring it back', async () => {
  const { driver, program } = await setUp()
  await driver.ensure(spec(program), { fence: 5 })
  assert.equal((await driver.observe()).length, 1)
  await driver.remove('n1', { fence: 6 })
  assert.deepEqual(await driver.observe(), [])
  await assert.rejects(driver.ensure(spec(program), { fence: 5 }), { code: 'STALE_FENCE' })
})

test('a watcher is told of a change, and a follower of a log of each new line', async () => {
  const { world, driver, program } = await setUp()
  const hint = Promise.withResolvers<string>()
  using watch = driver.watch(hint.resolve)
  assert.ok(watch)
  await driver.ensure(spec(program), { fence: 1 })
  assert.equal(await hint.promise, 'n1')
  const lines: string[] = []
  for await (const line of driver.logs('n1', { follow: true })) {
    lines.push(line.text)
    if (lines.length === 1) await world.writeLog('n1', 'hello')
    else break
  }
  assert.deepEqual(lines.slice(1), ['hello'])
})

test('with a full disk, a spoilt program or an unreachable host the cause is in the error', async () => {
  const { world, driver, program } = await setUp()
  await world.setHost('local', { diskFull: true })
  await assert.rejects(driver.ensure(spec(program), { fence: 1 }), { code: 'DISK_FULL' })
  await world.setHost('local', { diskFull: false })
  await world.spoilProgram('local', program.digest, 'changed')
  await assert.rejects(driver.ensure(spec(program), { fence: 1 }), { code: 'PROGRAM_CHANGED' })
  await world.setHost('local', { reachable: false })
  await assert.rejects(driver.observe(), { code: 'HOST_UNREACHABLE' })
})

test('each method can fail before it does anything, and lose its answer after it did', async () => {
  const { world, driver, program } = await setUp()
  const acts: Record<string, () => Promise<unknown>> = {
    facts: () => driver.facts(),
    freePorts: () => driver.freePorts([1]),
    addProgram: () => driver.addProgram({ kind: 'file', path: 'pretend:/bin/other' }),
    ensure: () => driver.ensure(spec(program), { fence: 1 }),
    stop: () => driver.stop('n1', { fence: 1 }),
    start: () => driver.start('n1', { fence: 1 }),
    observe: () => driver.observe(),
    stats: () => driver.stats('n1'),
    reach: () => driver.reach('n1', 'service'),
    logs: () => driver.logs('n1')[Symbol.asyncIterator]().next(),
    remove: () => driver.remove('n1', { fence: 1 }),
    collectPrograms: () => driver.collectPrograms(new Set()),
  }
  const changes: Record<string, number> = { addProgram: 1, ensure: 2, stop: 1, start: 1, remove: 1, collectPrograms: 2 }
  for (const [method, act] of Object.entries(acts)) {
    const before = (await world.journal()).length
    const effects = async () => (await world.journal(before)).length
    await world.addFault({ method, when: 'before', error: 'DISK_FULL' })
    await assert.rejects(act, { code: 'DISK_FULL' }, method)
    assert.equal(await effects(), 0, method)
    await world.addFault({ method, when: 'after' })
    await assert.rejects(act, { code: 'HOST_UNREACHABLE' }, method)
    assert.equal(await effects(), changes[method] ?? 0, method)
    await act()
    assert.equal(await effects(), changes[method] ?? 0, method)
  }
  assert.deepEqual(await driver.observe(), [])
})

test('nothing is left of what was removed', async () => {
  const { world, driver, program } = await setUp()
  await driver.ensure(spec(program), { fence: 1 })
  const { nodes, ports, volumes } = await world.inventory()
  assert.deepEqual([nodes.length, Object.keys(ports), volumes.length], [1, ['local:7051'], 1])
  await driver.remove('n1', { fence: 1 })
  const { programs, ...left } = await world.inventory()
  assert.deepEqual(left, { nodes: [], volumes: [], ports: {} })
  assert.deepEqual(programs, { local: [program.digest] })
})

test('latency is waited for, and can be cancelled', async () => {
  const { world, driver } = await setUp()
  await world.setLatency(10_000)
  await assert.rejects(driver.facts({ signal: AbortSignal.timeout(10) }))
  await world.setLatency(0)
  await driver.facts()
})
