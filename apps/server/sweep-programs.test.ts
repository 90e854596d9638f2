import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createProcessDriver } from '@cello/driver-process'
import { newId } from '@cello/kit'
import { ManualClock } from '@cello/kit/testing/manual-clock'
import { NetworkSpec } from '@cello/model'
import type { NetworkRecord } from '@cello/ports'
import { temporaryStore } from '@cello/store/testing/temporary-store'
import { packageRetention, startSweeping, sweepPrograms } from './sweep-programs.ts'

const minute = 60_000
const hour = 60 * minute

test('a user who deploys a hundred versions of a contract has the newest of them on the disk, not all', async (context) => {
  const place = await setUp(context)
  const { store, clock } = place
  const network = await place.createNetwork()
  const digests: string[] = []
  for (let version = 1; version <= 100; version += 1) {
    const digest = await place.upload(version)
    await place.deploy(network.id, version, digest)
    digests.push(digest)
    await clock.advance(minute)
  }
  await clock.advance(3 * hour)
  await place.sweep()
  // The last is deployed; of those that are not, some can be gone back to.
  const kept = digests.slice(-1 - packageRetention.keepNewest)
  assert.deepEqual(place.onDisk(), new Set([...kept, place.runtime.digest]))
  const { items } = await store.packages.list({ limit: 200 })
  assert.deepEqual(new Set(items.map(({ digest }) => digest)), new Set(kept))
  const [first] = digests
  const again = place.deploy(network.id, 101, first ?? '')
  await assert.rejects(
    again,
    { code: 'NOT_FOUND' },
    'what was taken out cannot be deployed before it is uploaded again',
  )
  assert.equal(await place.upload(1), first)
  await place.deploy(network.id, 101, first ?? '')
})

test('the programs of a network stay as long as it, and go after it was deleted', async (context) => {
  const place = await setUp(context)
  const { store, clock } = place
  const network = await place.createNetwork()
  await clock.advance(5 * hour)
  await place.sweep()
  assert.deepEqual(place.onDisk(), new Set([place.runtime.digest]))
  const fence = await store.claims.take('test', clock.now(), 1)
  await store.networks.forget(network.id, clock.now(), fence ?? 0)
  await clock.advance(hour)
  await place.sweep()
  assert.deepEqual(place.onDisk(), new Set())
})

test('what was copied in the last hour stays: whoever asked may not have written down yet what for', async (context) => {
  const place = await setUp(context)
  const { clock } = place
  const { digest } = await place.addProgram('peer')
  await clock.advance(30 * minute)
  await place.sweep()
  assert.ok(place.onDisk().has(digest))
  await clock.advance(2 * hour)
  await place.sweep()
  assert.deepEqual(place.onDisk(), new Set())
})

test('what this server goes on naming stays, used or not', async (context) => {
  const place = await setUp(context)
  const { digest } = await place.addProgram('node')
  place.held.add(digest)
  await place.clock.advance(3 * hour)
  await place.sweep()
  assert.ok(place.onDisk().has(digest))
})

test('is done each hour from ten minutes after the start on, and one that fails is told and done again', async () => {
  const clock = new ManualClock()
  const warnings: string[] = []
  const log = {
    info: () => {},
    error: () => {},
    warn: (_facts: object, message: string) => void warnings.push(message),
  }
  let swept = 0
  const sweeping = startSweeping({ clock, log }, async () => {
    swept += 1
    if (swept === 1) throw new Error('no disk')
  })
  await clock.advance(9 * minute)
  assert.equal(swept, 0)
  await clock.advance(minute)
  assert.equal(swept, 1)
  assert.deepEqual(warnings, ['unused programs could not be deleted, will try again'])
  await clock.advance(2 * hour)
  assert.equal(swept, 3)
  await sweeping[Symbol.asyncDispose]()
  await clock.advance(2 * hour)
  assert.equal(swept, 3)
  assert.equal(clock.sleepers, 0)
})

/** A server's store and host without its networks' nodes, swept by a clock that the test moves. */
async function setUp(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'cello-sweep-'))
  const temporary = await temporaryStore()
  const clock = new ManualClock()
  const driver = createProcessDriver({ dataDir: join(folder, 'host'), clock })
  const held = new Set<string>()
  const log = { info: () => {}, error: () => {}, warn: () => {} }
  const { store } = temporary
  context.after(async () => {
    await driver[Symbol.asyncDispose]()
    await temporary[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })
  const addProgram = (text: string) => {
    const path = join(folder, `${text}.file`)
    writeFileSync(path, text)
    return driver.addProgram({ kind: 'file', path })
  }
  const runtime = { digest: '', entry: '' }
  return {
    store,
    clock,
    held,
    runtime,
    addProgram,
    sweep: () => sweepPrograms({ store, drivers: [driver], held, clock, log }),
    onDisk: () => new Set(readdirSync(join(folder, 'host', 'programs'))),
    async createNetwork(): Promise<NetworkRecord> {
      const host = await store.hosts.ensure({
        id: newId(),
        name: 'local',
        driver: 'process',
        settings: {},
        createdAt: clock.now(),
      })
      Object.assign(runtime, await addProgram('runtime'))
      const network = networkOf(host.id, { ...runtime }, clock.now())
      await store.networks.create(network, operation('create-network', clock.now()))
      return network
    },
    async upload(version: number): Promise<string> {
      const path = join(folder, `contract-${version}`)
      mkdirSync(path)
      writeFileSync(join(path, 'index.js'), `exports.version = ${version}`)
      const { digest, entry } = await driver.addProgram({ kind: 'folder', path, entry: 'index.js', given: true })
      const facts = { name: 'assets', version: String(version), language: 'node', bytes: 1, metadata: {} } as const
      await store.packages.keep({ digest, entry, createdAt: clock.now(), ...facts })
      return digest
    },
    async deploy(networkId: string, version: number, digest: string): Promise<void> {
      const network = await store.networks.get(networkId)
      const contracts = [{ name: 'assets', version: String(version), package: digest }]
      const spec = NetworkSpec.parse({ ...network?.spec, channels: [{ name: 'main', contracts }] })
      await store.networks.change({ networkId, spec, operation: operation('change-network', clock.now()) })
    },
  }
}

function operation(kind: 'create-network' | 'change-network', at: number) {
  return { id: newId(), kind, actor: 'tester', at }
}

function networkOf(hostId: string, peer: { digest: string; entry: string }, createdAt: number): NetworkRecord {
  const organizations = [
    { name: 'Orderer', orderers: [{ name: 'orderer0' }] },
    { name: 'Org1', peers: [{ name: 'peer0' }] },
  ]
  return {
    id: newId(),
    name: 'net',
    spec: NetworkSpec.parse({ name: 'net', organizations, channels: [{ name: 'main' }] }),
    runtime: { kind: 'fake', version: '3.1.5', programs: { peer } },
    hostId,
    power: 'running',
    deleting: false,
    generation: 1,
    observedGeneration: 0,
    createdAt,
    nodes: [],
  }
}
