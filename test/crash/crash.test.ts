import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { NodeWorld, serveNodeWorld } from '@cello/driver-fake'
import { poll } from '@cello/kit'
import { LedgerWorld, serveLedgerWorld } from '@cello/ledger-fake'
import { openSealer, openStore } from '@cello/store'
import { worldSockets } from '../fake-world/sockets.ts'
import { type Platform, platformOver } from '../simulation/platform.ts'
import { networkName, type ScenarioName, scenarioNames } from './scenarios.ts'

/** Worlds in this process, where a control plane that is killed does not reach them, and a folder for its data. */
async function openWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'crash-'))
  const nodes = new NodeWorld()
  const ledgers = new LedgerWorld()
  const sockets = worldSockets(folder)
  const services = [await serveNodeWorld(nodes, sockets.nodes), await serveLedgerWorld(ledgers, sockets.ledgers)]
  return {
    folder,
    nodes,
    ledgers,
    async [Symbol.asyncDispose]() {
      await Promise.all(services.map((service) => service[Symbol.asyncDispose]()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type World = Awaited<ReturnType<typeof openWorld>>

async function runControlPlane(world: World, scenario: ScenarioName, crashAt: number) {
  const program = join(import.meta.dirname, 'control-plane.ts')
  const child = spawn(process.execPath, [program, world.folder, scenario, String(crashAt)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { output, errors, signal: child.signalCode }
}

/** Starts anew over what the killed one left, as the next start of the server would, and lets it come to rest. */
async function recover(world: World, check: (platform: Platform) => Promise<void>) {
  const sealer = await openSealer(join(world.folder, 'master.key'))
  await using store = await openStore({ file: join(world.folder, 'cello.db'), sealer })
  await using platform = await platformOver({ store, nodes: world.nodes, ledgers: world.ledgers })
  const rested = await poll(
    async () => {
      const { items } = await store.operations.list({ limit: 50, open: true })
      const network = await store.networks.byName(networkName)
      const pending = network ? await store.transactions.pending(network.id) : []
      const settled = !network || network.observedGeneration === network.generation
      return items.length === 0 && pending.length === 0 && settled ? true : undefined
    },
    { timeoutMs: 90_000, everyMs: 10 },
  )
  const { items } = await store.operations.list({ limit: 50 })
  assert.ok(rested, `it has not come to rest: ${JSON.stringify(items, null, 1)}`)
  for (const operation of items) {
    const outcome = `${operation.kind} ${operation.state} ${JSON.stringify(operation.error)}`
    assert.ok(['succeeded', 'superseded'].includes(operation.state), outcome)
  }
  await check(platform)
}

const deployment = { '_lifecycle/approve': 2, '_lifecycle/commit': 1 }

/** How often each kind of transaction takes effect, all told. */
const effectsOf: Readonly<Record<ScenarioName, Readonly<Record<string, number>>>> = {
  create: {},
  'add peer': {},
  'add orderer': {},
  deploy: deployment,
  upgrade: { '_lifecycle/approve': 4, '_lifecycle/commit': 2 },
  invoke: { ...deployment, 'assets/put': 1 },
  delete: deployment,
}

async function assertNothingTwiceNothingLeft(scenario: ScenarioName, { nodes, ledgers }: World, { store }: Platform) {
  const network = await store.networks.byName(networkName)
  const there = await nodes.inventory()
  const rows = (network?.nodes ?? []).map(({ id }) => id).sort()
  assert.deepEqual(there.nodes.map(({ id }) => id).sort(), rows, 'each node has its row, each row its node')
  assert.ok(there.nodes.every(({ state }) => state === 'running'))
  assert.equal(there.volumes.length, rows.length, 'volumes')
  const created = (await nodes.journal()).filter(({ kind }) => kind === 'create').map(({ id }) => id)
  assert.equal(new Set(created).size, created.length, 'no node was made twice')
  const ports = (network?.nodes ?? []).flatMap((node) => Object.values(node.ports))
  assert.deepEqual([...(await store.hosts.ports(network?.hostId ?? ''))].sort(), ports.sort(), 'ports')
  const chains = await ledgers.chains()
  assert.ok(chains.length <= 1, 'one genesis block was used')
  const valid = (await ledgers.journal()).filter(({ kind, status }) => kind === 'transaction' && status === 'VALID')
  for (const [purpose, most] of Object.entries(effectsOf[scenario])) {
    const count = valid.filter((effect) => effect.purpose === purpose).length
    // An invocation that was cut off before it was journaled was never promised to anybody.
    const expected = purpose === 'assets/put' ? [0, 1] : [most]
    assert.ok(expected.includes(count), `${purpose} took effect ${count} times, not ${expected.join(' or ')}`)
  }
}

async function crashAt(scenario: ScenarioName, point: number) {
  await using world = await openWorld()
  const crashed = await runControlPlane(world, scenario, point)
  // Steps run side by side, so a run may pass a point less than the one that was counted, and end well before its crash.
  const went = crashed.signal === 'SIGKILL' || /^passed \d+$/m.test(crashed.output)
  assert.ok(went, `${crashed.output}${crashed.errors}`)
  const where = `killed at ${point}, ${crashed.output.trim()}`
  try {
    await recover(world, (platform) => assertNothingTwiceNothingLeft(scenario, world, platform))
  } catch (error) {
    throw new Error(`${scenario}: ${where}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

async function boundaries(scenario: ScenarioName): Promise<number> {
  await using world = await openWorld()
  const { output, errors } = await runControlPlane(world, scenario, 0)
  const count = Number(/^passed (\d+)$/m.exec(output)?.[1] ?? 0)
  assert.ok(count > 0, `${output}${errors}`)
  return count
}

/** At once: a control plane holds a core for half a second while it starts. */
const side = 2

suite('kill -9 of the control plane at every step boundary', { concurrency: 1 }, () => {
  for (const scenario of scenarioNames) {
    test(`${scenario}: whatever the moment, it completes, nothing is done twice, nothing is left over`, async (t) => {
      const count = await boundaries(scenario)
      t.diagnostic(`${count} boundaries`)
      const points = Array.from({ length: count }, (_, index) => index + 1)
      const workers = Array.from({ length: side }, async () => {
        for (let point = points.shift(); point !== undefined; point = points.shift()) await crashAt(scenario, point)
      })
      await Promise.all(workers)
    })
  }
})
