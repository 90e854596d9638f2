import assert from 'node:assert/strict'
import { poll, seededRandom, systemClock } from '@cello/kit'
import { type NetworkSpec, nodeRef, PlatformError, NetworkSpec as Schema } from '@cello/model'
import {
  administrator,
  applyNetwork,
  cancelOperation,
  deleteNetwork,
  invokeContract,
  restartNetwork,
  restartNode,
  retryOperation,
  startNetwork,
  startNode,
  stopNetwork,
  stopNode,
} from '@cello/usecases'
import { openPlatform, type Platform, smallNetwork } from './platform.ts'
import { settableClock } from './settable-clock.ts'

const call = { actor: administrator }

/** A network, and what chooses what happens to it. */
interface Walk {
  readonly platform: Platform
  readonly networkId: string
  readonly random: () => number
  readonly made: { packages: number }
  /** What was done, for whoever reads of a failure. */
  readonly diary: string[]
  setWall(aheadMs: number): void
}

type Draft = { -readonly [Key in keyof NetworkSpec]: NetworkSpec[Key] }
type Edit = (draft: Draft, walk: Walk) => unknown

const pick = <T>(walk: Walk, from: readonly T[]): T | undefined => from[Math.floor(walk.random() * from.length)]
const member = (walk: Walk) => `Org${1 + Math.floor(walk.random() * 2)}`

/** Edits of the document, each as a person would make it; what is refused is refused. */
const edits: Readonly<Record<string, Edit>> = {
  'add peer': (draft, walk) => change(draft, member(walk), 'peers', (names) => [...names, `peer${names.length % 3}`]),
  'remove peer': (draft, walk) => change(draft, member(walk), 'peers', (names) => names.slice(1)),
  'rename peer': (draft, walk) => change(draft, member(walk), 'peers', (names) => [...names.slice(1), 'renamed']),
  'add orderer': (draft) => change(draft, 'Orderer', 'orderers', (names) => [...names, `orderer${names.length}`]),
  'remove orderer': (draft) => change(draft, 'Orderer', 'orderers', (names) => names.slice(0, -1)),
  'add channel': (draft) => Object.assign(draft, { channels: [...draft.channels, { name: 'second' }] }),
  'rename channel': (draft) => Object.assign(draft.channels[0] ?? {}, { name: 'renamed' }),
  'remove organization': (draft) => Object.assign(draft, { organizations: draft.organizations.slice(0, -1) }),
  'other runtime': (draft) => Object.assign(draft, { runtime: { kind: 'fake', version: '9.9.9' } }),
  'new batch': (draft, walk) =>
    Object.assign(draft.channels[0] ?? {}, {
      batch: { timeout: '1s', maxMessages: 1 + Math.floor(walk.random() * 50) },
    }),
  'remove contract': (draft) => Object.assign(draft.channels[0] ?? {}, { contracts: [] }),
  nothing: () => {},
}

function change(draft: Draft, org: string, kind: 'peers' | 'orderers', edit: (names: string[]) => string[]): void {
  const found = draft.organizations.find(({ name }) => name === org)
  const names = found?.[kind].map(({ name }) => name) ?? []
  Object.assign(found ?? {}, { [kind]: edit(names).map((name) => ({ name })) })
}

async function network(walk: Walk) {
  const found = await walk.platform.store.networks.get(walk.networkId)
  assert.ok(found)
  return found
}

async function apply(walk: Walk, name: string, edit: Edit, stale = false): Promise<void> {
  const { spec, generation } = await network(walk)
  const draft: Draft = structuredClone(spec)
  edit(draft, walk)
  const parsed = Schema.safeParse(draft)
  if (!parsed.success) return
  const target = { network: walk.networkId, spec: parsed.data }
  const expectedGeneration = stale ? generation : undefined
  const asked = [applyNetwork(walk.platform.context(), call, { ...target, expectedGeneration })]
  // The same document from two clients, as read at one time.
  if (stale) asked.push(applyNetwork(walk.platform.context(), call, { ...target, expectedGeneration }))
  const answers = await Promise.allSettled(asked)
  if (stale) assert.ok(answers.filter(({ status }) => status === 'fulfilled').length <= 1, `${name}: one of two`)
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason
}

async function deployEdit(walk: Walk, version?: string): Promise<Edit> {
  const build = ++walk.made.packages
  const digest = await walk.platform.keepPackage('assets', `build-${build}`)
  return (draft) => {
    const before = draft.channels[0]?.contracts[0]?.version
    const contract = { name: 'assets', version: version ?? before ?? `${build}.0`, package: digest }
    Object.assign(draft.channels[0] ?? {}, { contracts: [contract] })
  }
}

async function someNode(walk: Walk, kinds: readonly string[] = ['peer', 'orderer', 'contract']) {
  const { nodes } = await network(walk)
  return pick(
    walk,
    nodes.filter(({ kind, removed }) => kinds.includes(kind) && !removed),
  )
}

const methods = ['ensure', 'stop', 'remove', 'observe', 'reach', 'facts'] as const
const ledgerMethods = [
  'makeNodeIdentities',
  'observeOrderer',
  'observePeer',
  'observeChannel',
  'observeContracts',
  'joinOrderer',
  'leaveOrderer',
  'joinPeer',
  'updateChannel',
  'installPackage',
  'prepareApproval',
  'prepareCommit',
  'submit',
] as const

type Move = (walk: Walk) => Promise<unknown>

/** What happens beside edits. */
const moves: Readonly<Record<string, Move>> = {
  upgrade: async (walk) => apply(walk, 'upgrade', await deployEdit(walk, `v${walk.made.packages}`)),
  'other package': async (walk) => apply(walk, 'other package', await deployEdit(walk)),
  'apply twice': (walk) => {
    const [name, edit] = pick(walk, Object.entries(edits)) ?? ['nothing', () => {}]
    return apply(walk, name, edit, true)
  },
  'stop network': ({ platform, networkId }) => stopNetwork(platform.context(), call, { network: networkId }),
  'start network': ({ platform, networkId }) => startNetwork(platform.context(), call, { network: networkId }),
  'restart network': ({ platform, networkId }) => restartNetwork(platform.context(), call, { network: networkId }),
  'stop node': (walk) => onNode(walk, stopNode),
  'start node': (walk) => onNode(walk, startNode),
  'restart node': (walk) => onNode(walk, restartNode),
  cancel: async (walk) => {
    const [open] = await walk.platform.store.operations.open(walk.networkId)
    if (open) await cancelOperation(walk.platform.context(), call, open.id)
  },
  retry: async (walk) => {
    const open = await walk.platform.store.operations.open(walk.networkId)
    const failed = open.find(({ state }) => state === 'failed')
    if (failed) await retryOperation(walk.platform.context(), call, failed.id)
  },
  exit: async (walk) => {
    const { nodes } = await walk.platform.nodes.inventory()
    const node = pick(walk, nodes)
    if (node) await walk.platform.nodes.exitNode(node.id, { signal: 'SIGKILL' })
  },
  silence: async ({ platform }) => {
    await platform.nodes.setHost('local', { reachable: false })
    await systemClock.sleep(300)
    await platform.nodes.setHost('local', { reachable: true })
  },
  'full disk': async ({ platform }) => {
    await platform.nodes.setHost('local', { diskFull: true })
    await systemClock.sleep(200)
    await platform.nodes.setHost('local', { diskFull: false })
  },
  'lost answer': (walk) => {
    const method = pick(walk, [...methods, ...ledgerMethods]) ?? 'ensure'
    const world = methods.some((one) => one === method) ? walk.platform.nodes : walk.platform.ledgers
    return world.addFault({ method, when: pick(walk, ['before', 'after'] as const) ?? 'after', times: 1 })
  },
  'restart control plane': ({ platform }) => platform.restart(),
  'clock set': async (walk) => walk.setWall((walk.random() - 0.5) * 48 * 3_600_000),
  invoke: async (walk) => {
    const target = { network: walk.networkId, channel: 'main', contract: 'assets', function: 'put', args: ['a', 'b'] }
    // Nobody waits for it: it is under way while other things happen.
    invokeContract(walk.platform.context(), call, { ...target, identity: 'admin' }).catch(() => {})
  },
  settle: async (walk) => {
    const isIdle = async () => {
      const open = await walk.platform.store.operations.open(walk.networkId)
      return open.every(({ state }) => state === 'failed') || undefined
    }
    await poll(isIdle, { timeoutMs: 3_000 })
  },
  'wait a little': ({ random }) => systemClock.sleep(random() * 200),
}

async function onNode(walk: Walk, act: typeof stopNode): Promise<void> {
  const node = await someNode(walk)
  if (node) await act(walk.platform.context(), call, { network: walk.networkId, node: node.id })
}

const everything: readonly (readonly [string, Move])[] = [
  ...Object.entries(edits).map(([name, edit]) => [name, (walk: Walk) => apply(walk, name, edit)] as const),
  ...Object.entries(moves),
  ['settle', moves['settle'] ?? (async () => {})],
  ['wait a little', moves['wait a little'] ?? (async () => {})],
  ['upgrade', moves['upgrade'] ?? (async () => {})],
]

/** Errors that a caller may get who asks for what cannot be. */
const refusals: ReadonlySet<string> = new Set([
  'CHANGE_REFUSED',
  'PRECONDITION_FAILED',
  'OPERATION_ENDED',
  'INVALID_REQUEST',
  'NOT_FOUND',
  'HOST_UNREACHABLE',
  'NETWORK_STOPPED',
])

async function move(walk: Walk): Promise<void> {
  const [name, act] = pick(walk, everything) ?? ['nothing', async () => {}]
  try {
    await act(walk)
    walk.diary.push(name)
  } catch (error) {
    if (!(error instanceof PlatformError) || !refusals.has(error.code)) throw error
    walk.diary.push(`${name} (${error.code})`)
  }
}

/**
 * So many turns in the life of a network, chosen by `seed`; then all that was in the way is taken out of it, and it must
 * become as it is wanted, and then nothing at all.
 */
export async function wander(seed: number, turns: number): Promise<string[]> {
  const { clock, setWall } = settableClock()
  /** Errors that no row of the catalogue tells of. */
  const defects: string[] = []
  const log = ({ err }: { err?: unknown }, message: string) => {
    const isKnown = err === undefined || (err instanceof PlatformError && err.code !== 'INTERNAL')
    if (!isKnown) defects.push(`${message}: ${err instanceof Error ? err.stack : String(err)}`)
  }
  await using platform = await openPlatform({ clock, log })
  const { network: made, operation } = await platform.create(smallNetwork('demo'))
  const walk: Walk = {
    platform,
    networkId: made.id,
    random: seededRandom(seed),
    made: { packages: 0 },
    diary: [],
    setWall,
  }
  if (walk.random() < 0.7) await platform.ended(operation)
  try {
    for (let turn = 0; turn < turns; turn++) await move(walk)
    await comesBack(walk)
    await goesAway(walk)
    assert.deepEqual(defects, [])
  } catch (error) {
    throw new Error(`seed ${seed}, after: ${walk.diary.join(', ')}`, { cause: error })
  }
  return walk.diary
}

async function comesBack(walk: Walk): Promise<void> {
  const { platform, networkId } = walk
  await platform.nodes.clearFaults()
  await platform.ledgers.clearFaults()
  await startNetwork(platform.context(), call, { network: networkId })
  const { id } = await startNetwork(platform.context(), call, { network: networkId })
  const ended = await platform.ended(id)
  assert.equal(ended.state, 'succeeded', JSON.stringify(ended, null, 1))
  const { nodes, spec, generation, observedGeneration } = await network(walk)
  assert.equal(observedGeneration, generation)
  assert.deepEqual(nodes.filter(({ removed }) => removed).map(nodeRef), [], 'nothing is left in removal')
  const inventory = await platform.nodes.inventory()
  const running = inventory.nodes.filter(({ state }) => state === 'running').map((node) => node.id)
  assert.deepEqual(running.sort(), nodes.map((node) => node.id).sort())
  assert.equal(inventory.nodes.length, nodes.length)
  const session = await platform.worker().networks.session(networkId)
  for (const channel of spec.channels) {
    const seen = await session.observeChannel(channel.name)
    assert.equal(seen.consenters.length, nodes.filter(({ kind }) => kind === 'orderer').length)
    const contracts = await session.observeContracts(
      channel.name,
      channel.contracts.map(({ name }) => name),
    )
    for (const { name, version } of channel.contracts) {
      assert.equal(contracts.find((contract) => contract.name === name)?.committed?.version, version)
    }
  }
  assert.equal((await platform.ledgers.chains()).length, spec.channels.length, 'one genesis block for each channel')
  const { items } = await platform.store.operations.list({ networkId, limit: 500 })
  for (const { kind, state, steps } of items) {
    assert.ok(['succeeded', 'cancelled', 'superseded'].includes(state), `${kind} is ${state}`)
    const doing = steps.filter((step) => step.state === 'running' || step.state === 'pending')
    assert.deepEqual(doing, [], `${kind} that is ${state}`)
  }
}

async function goesAway({ platform, networkId }: Walk): Promise<void> {
  const { id } = await deleteNetwork(platform.context(), call, { network: networkId })
  assert.equal((await platform.ended(id)).state, 'succeeded')
  const left = await platform.nodes.inventory()
  assert.deepEqual([left.nodes.length, left.volumes.length, Object.keys(left.ports).length], [0, 0, 0])
}
