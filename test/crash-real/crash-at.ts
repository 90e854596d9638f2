import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { poll } from '@cello/kit'
import type { LedgerSession } from '@cello/ports'
import { networkName, type ScenarioName } from '../crash/scenarios.ts'
import type { TestRuntime } from '../runtimes.ts'
import { freePorts, killAll, processesOf } from '../scenarios/machine.ts'
import type { Drive } from '../simulation/drive.ts'
import { freeBlock } from './free-ports.ts'
import { openFileStore, overRuntime, type Place } from './over-runtime.ts'

/** How often each act stands in the chain as valid, all told. `put` may not have been journaled, hence not promised. */
const deployed = { approve: 2, commit: 1 }
const effectsOf: Readonly<Record<ScenarioName, Readonly<Record<string, number>>>> = {
  create: {},
  'add peer': {},
  'add orderer': { update: 1 },
  deploy: deployed,
  upgrade: { approve: 4, commit: 2 },
  invoke: deployed,
  delete: {},
}

/**
 * Kills a control plane at one point of a scenario, starts another over what it left, and sees that all is well; then deletes
 * the network and sees that nothing is left. Point 0: it is not killed. @returns how many points it passed, if it was not
 */
export async function crashAt(
  runtime: TestRuntime,
  scenario: ScenarioName,
  point: number,
): Promise<number | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'cr-'))
  const run = { runtime, folder, scenario, firstPort: await freeBlock() }
  try {
    const { output, errors, signal } = await runControlPlane(run, point)
    const passed = /^passed (\d+)$/m.exec(output)?.[1]
    assert.ok(signal === 'SIGKILL' || passed !== undefined, `${output}${errors}`)
    try {
      await recover(run)
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      throw new Error(`${scenario}, killed at ${point} (${output.trim()}): ${what}`, { cause: error })
    }
    return passed === undefined ? undefined : Number(passed)
  } finally {
    await killAll(processesOf(folder))
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

interface Run extends Place {
  readonly scenario: ScenarioName
}

async function runControlPlane({ runtime, folder, scenario, firstPort }: Run, point: number) {
  const program = join(import.meta.dirname, 'control-plane.ts')
  const child = spawn(process.execPath, [program, runtime.name, folder, scenario, String(point), String(firstPort)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { output, errors, signal: child.signalCode }
}

async function recover({ scenario, ...place }: Run): Promise<void> {
  const { folder } = place
  await using store = await openFileStore(folder)
  await using platform = await overRuntime(place, store)
  await comesToRest(platform)
  const network = await store.networks.byName(networkName)
  if (network) {
    const processes = new Set(processesOf(folder).map(({ node }) => node))
    assert.deepEqual([...processes].sort(), network.nodes.map(({ id }) => id).sort(), 'each row runs, and nothing else')
    assert.deepEqual(nodeFolders(folder), network.nodes.map(({ id }) => id).sort(), 'folders')
    await assertNothingTwice(await platform.worker().networks.session(network.id), scenario)
    const operation = await platform.ended(await platform.change(network.id, () => {}, { deleting: true }))
    assert.equal(operation.state, 'succeeded', JSON.stringify(operation.error))
  }
  assert.deepEqual(processesOf(folder), [], 'no process is left')
  assert.deepEqual(nodeFolders(folder), [], 'no folder is left')
  const ports = (network?.nodes ?? []).flatMap((node) => Object.values(node.ports))
  assert.deepEqual(await freePorts(ports), ports, 'no port is held')
  assert.equal((await store.hosts.ports(network?.hostId ?? '')).size, 0, 'no port is kept')
}

async function comesToRest({ store }: Drive): Promise<void> {
  const rested = await poll(
    async () => {
      const { items } = await store.operations.list({ limit: 50, open: true })
      const network = await store.networks.byName(networkName)
      const pending = network ? await store.transactions.pending(network.id) : []
      const settled = !network || network.observedGeneration === network.generation
      return (items.length === 0 && pending.length === 0 && settled) || undefined
    },
    { timeoutMs: 180_000, everyMs: 20 },
  )
  const { items } = await store.operations.list({ limit: 50 })
  assert.ok(rested, `it has not come to rest: ${JSON.stringify(items, null, 1)}`)
  for (const { kind, state, error } of items) {
    assert.ok(['succeeded', 'superseded'].includes(state), `${kind} ${state} ${JSON.stringify(error)}`)
  }
}

/** Reads the whole chain. */
async function assertNothingTwice(session: LedgerSession, scenario: ScenarioName): Promise<void> {
  const { height } = await session.chain('main')
  const counts = new Map<string, number>()
  const seen = new Set<unknown>()
  for (let number = 1; number < height; number++) {
    const { transactions } = (await session.block('main', number)) as { transactions: ChainTransaction[] }
    for (const { kind, transactionId, validationCode, actions = [] } of transactions) {
      if (validationCode !== 'VALID') continue
      assert.ok(!seen.has(transactionId), `transaction ${transactionId} counts twice`)
      if (transactionId !== '') seen.add(transactionId)
      const acts = kind === 'config' ? ['update'] : actions.map(({ lifecycle }) => lifecycle?.act ?? 'call')
      for (const act of acts) counts.set(act, (counts.get(act) ?? 0) + 1)
    }
  }
  const { call = 0, ...rest } = Object.fromEntries(counts)
  assert.deepEqual(rest, effectsOf[scenario], 'what stands in the chain')
  assert.ok(call <= (scenario === 'invoke' ? 1 : 0), `the contract was called ${call} times`)
}

interface ChainTransaction {
  readonly kind: string
  readonly transactionId: string
  readonly validationCode?: string
  readonly actions?: readonly { readonly lifecycle?: { readonly act: string } }[]
}

const nodeFolders = (folder: string): string[] =>
  readdirSync(join(folder, 'nodes'))
    .filter((name) => !name.startsWith('.'))
    .sort()
