import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { poll } from '@cello/kit'
import type { Driver, NodeSpec, ObservedNode } from '@cello/ports'
import { isRunning, readStat } from './processes.ts'
import { idle, makePlace, output, type Place, shellNode } from './testing/shell-node.ts'

test('a node outlives a control plane that is killed, and the next one adopts it', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, `echo begun; ${idle}`)
  const first = await ensureInOtherProcess(place, spec)
  const seen = await look(place.driver, spec.id)
  assert.deepEqual([seen.state, seen.pid, seen.startedAt], ['running', first.pid, first.startedAt])
  const again = await place.driver.ensure(spec, { fence: 1 })
  assert.equal(again.pid, first.pid, 'it was not started a second time')
  process.kill(again.pid ?? 0, 'SIGKILL')
  assert.deepEqual((await ended(place.driver, spec.id)).exit?.signal, 'SIGKILL')
})

test('a node that was started just before the control plane was killed is found by its mark', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  const first = await place.driver.ensure(spec, { fence: 1 })
  change(place, spec.id, ({ run, ...record }) => ({ ...record, run: { ...run, leader: undefined } }))
  const later = place.reopen()
  assert.deepEqual([(await look(later, spec.id)).state, (await look(later, spec.id)).pid], ['running', first.pid])
  assert.equal((await later.ensure(spec, { fence: 1 })).pid, first.pid)
})

test('a node whose launcher was killed runs on, is seen, and is stopped', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  const { pid = 0 } = await place.driver.ensure(spec, { fence: 1 })
  const launcher = readStat(pid)?.parent ?? 0
  process.kill(launcher, 'SIGKILL')
  await poll(async () => (isEnded(launcher) ? true : undefined), { timeoutMs: 60_000 })
  const seen = await look(place.driver, spec.id)
  assert.deepEqual([seen.state, seen.pid], ['running', pid])
  await place.driver.stop(spec.id, { fence: 1 })
  assert.equal((await look(place.driver, spec.id)).state, 'stopped')
  assert.ok(isEnded(pid))
})

test('where nobody wrote down the exit it is unknown', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, `echo last words; ${idle}`)
  const { pid = 0 } = await place.driver.ensure(spec, { fence: 1 })
  await output(place, spec.id, 1)
  const launcher = readStat(pid)?.parent ?? 0
  process.kill(-launcher, 'SIGKILL')
  const seen = await ended(place.driver, spec.id)
  assert.equal(seen.exit?.code, 'unknown')
  assert.deepEqual(seen.lastLines, ['last words'])
})

test('after a reboot no process is taken for a node', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  const { pid = 0 } = await place.driver.ensure(spec, { fence: 1 })
  change(place, spec.id, ({ run, ...record }) => ({ ...record, run: { ...run, bootId: 'another' } }))
  const seen = await look(place.driver, spec.id)
  assert.deepEqual([seen.state, seen.exit?.code], ['exited', 'unknown'])
  process.kill(pid, 'SIGKILL')
})

test('a pid that was used again is not taken for the node', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  const { pid = 0 } = await place.driver.ensure(spec, { fence: 1 })
  process.kill(-(readStat(pid)?.parent ?? 0), 'SIGKILL')
  await ended(place.driver, spec.id)
  change(place, spec.id, ({ run, ...record }) => ({
    ...record,
    run: { ...run, leader: { pid: process.pid, startTime: '1' } },
  }))
  assert.equal((await look(place.reopen(), spec.id)).state, 'exited')
})

test('a copy of the data directory has no hand in what runs from the original, which may be moved', async (context) => {
  const original = makePlace(context)
  const spec = await shellNode(original, idle)
  const { pid = 0 } = await original.driver.ensure(spec, { fence: 1 })
  const copy = makePlace(context)
  cpSync(original.dataDir, copy.dataDir, { recursive: true })
  assert.equal((await look(copy.reopen(), spec.id)).state, 'exited')
  await copy.reopen().remove(spec.id, { fence: 1 })
  assert.equal((await look(original.driver, spec.id)).state, 'running')
  assert.equal(isEnded(pid), false)

  const moved = makePlace(context)
  rmSync(moved.dataDir, { recursive: true, force: true })
  renameSync(original.dataDir, moved.dataDir)
  const later = moved.reopen()
  assert.equal((await look(later, spec.id)).state, 'running')
  await later.remove(spec.id, { fence: 1 })
  assert.ok(isEnded(pid))
  mkdirSync(join(original.dataDir, 'nodes'), { recursive: true })
})

test('a process of ours whose folder is gone is listed, and removed', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  const { pid = 0 } = await place.driver.ensure(spec, { fence: 1 })
  rmSync(join(place.dataDir, 'nodes', spec.id), { recursive: true })
  const later = place.reopen()
  assert.deepEqual([(await look(later, spec.id)).state, (await look(later, spec.id)).specDigest], ['running', ''])
  await later.remove(spec.id, { fence: 1 })
  assert.ok(isEnded(pid))
  assert.deepEqual(await later.observe(), [])
})

test('a record that cannot be read is listed as a node that must be ensured, and ensuring mends it', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  await place.driver.ensure(spec, { fence: 1 })
  writeFileSync(join(place.dataDir, 'nodes', spec.id, 'node.json'), '{"for')
  const seen = await look(place.driver, spec.id)
  assert.deepEqual([seen.specDigest, seen.incarnation], ['', 0])
  await place.driver.ensure(spec, { fence: 1 })
  assert.equal((await look(place.driver, spec.id)).state, 'running')
  await place.driver.remove(spec.id, { fence: 1 })
})

test('a node whose files were being written when we were killed is not started, but ensured', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  await place.driver.ensure(spec, { fence: 1 })
  await place.driver.stop(spec.id, { fence: 1 })
  change(place, spec.id, (record) => ({ ...record, whole: false }))
  const seen = await look(place.driver, spec.id)
  assert.deepEqual([seen.state, seen.specDigest], ['stopped', ''])
  await assert.rejects(place.driver.start(spec.id, { fence: 1 }), { code: 'NOT_FOUND' })
  assert.equal((await place.driver.ensure(spec, { fence: 1 })).state, 'running')
})

test('a stop that was cancelled leaves a node that can be stopped, and is started anew by an ensure', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, "trap 'echo no' TERM; echo ready; while :; do sleep 0.05; done", { graceMs: 50 })
  const first = await place.driver.ensure(spec, { fence: 1 })
  await output(place, spec.id, 1)
  const signal = AbortSignal.timeout(50)
  await assert.rejects(place.driver.stop(spec.id, { fence: 1, graceMs: 60_000, signal }), { name: 'TimeoutError' })
  assert.equal((await look(place.driver, spec.id)).state, 'running')
  const again = await place.driver.ensure({ ...spec, graceMs: 0 }, { fence: 1, signal: AbortSignal.timeout(60_000) })
  assert.notEqual(again.pid, first.pid)
  await place.driver.stop(spec.id, { fence: 1, graceMs: 0 })
})

test('a watcher is told of the end of a node that another control plane started', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  const { pid = 0 } = await ensureInOtherProcess(place, spec)
  await place.driver.observe()
  const { promise: hinted, resolve } = Promise.withResolvers<string>()
  const watch = place.driver.watch(resolve)
  process.kill(pid, 'SIGKILL')
  // The driver's own timers keep nobody alive.
  const alive = setInterval(() => {}, 1000)
  assert.equal(await hinted, spec.id)
  clearInterval(alive)
  watch[Symbol.dispose]()
})

async function ensureInOtherProcess(place: Place, spec: NodeSpec): Promise<ObservedNode> {
  const script = fileURLToPath(new URL('testing/control-plane.ts', import.meta.url))
  const other = spawn(process.execPath, [script, place.dataDir, JSON.stringify(spec)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // Its end, too: one that fails to start says nothing.
  const [line] = await Promise.race([once(other.stdout, 'data'), once(other.stdout, 'end')])
  assert.ok(line, 'the other process ended without a word')
  other.kill('SIGKILL')
  await once(other, 'exit')
  return JSON.parse(String(line))
}

async function look(driver: Driver, nodeId: string): Promise<ObservedNode> {
  return (await driver.observe()).find((node) => node.id === nodeId) ?? assert.fail('the node is not observed')
}

async function ended(driver: Driver, nodeId: string): Promise<ObservedNode> {
  const seen = await poll(
    async () => {
      const node = await look(driver, nodeId)
      return node.state === 'running' ? undefined : node
    },
    { timeoutMs: 60_000 },
  )
  return seen ?? assert.fail('the node still runs')
}

function isEnded(pid: number): boolean {
  const stat = readStat(pid)
  return stat === undefined || !isRunning(stat)
}

interface RecordText {
  readonly whole?: boolean
  readonly run: Record<string, unknown>
}

/** Rewrites what the driver keeps, as a kill at the right moment would have left it. */
function change(place: Place, nodeId: string, edit: (record: RecordText) => RecordText): void {
  const path = join(place.dataDir, 'nodes', nodeId, 'node.json')
  writeFileSync(path, JSON.stringify(edit(JSON.parse(readFileSync(path, 'utf8')))))
}
