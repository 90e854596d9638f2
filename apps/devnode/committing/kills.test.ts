/** Killed at any moment while it commits, a peer keeps every block that it said it had, and its state is what they make. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fileLedgers } from '../ledger/file-ledgers.ts'
import { memoryLedgers } from '../ledger/memory-ledgers.ts'
import { openPrivateStore } from '../state/open-private-store.ts'
import { openWorldState } from '../state/open-world-state.ts'
import type { WorldState } from '../state/world-state.ts'
import { openPeerChannels } from './open-peer-channels.ts'
import { put, setOf, transaction } from './testing/endorsed-transaction.ts'
import { growing } from './testing/growing.ts'
import { definition, type TestChannel, testChannel } from './testing/test-channel.ts'

const cycles = 6
const blockCount = 100
const program = fileURLToPath(new URL('testing/committing-program.ts', import.meta.url))
const kv = definition('kv', { collections: [{ name: 'mine', blocksToLive: 3 }] })
const namespaces = ['', 'kv', 'kv$$hmine', '$$expiry']

/** A chain of blocks that write the same few keys over and over, and what a peer that was never killed makes of it. */
async function chain(world: TestChannel) {
  await using peer = await growing(world)
  peer.definitions.set('kv', kv)
  const blocks = [world.genesis]
  for (let number = 1; number < blockCount; number++) {
    const hashed = {
      keyHash: Buffer.alloc(32, number % 7),
      isDelete: false,
      valueHash: Buffer.alloc(32, number),
      isPurge: false,
    }
    const collection = { collection: 'mine', hashedReads: [], hashedWrites: [hashed], hashedMetadataWrites: [] }
    const made = Array.from({ length: 1 + (number % 3) }, (_, index) =>
      transaction({
        by: world.client,
        endorsers: [world.peers[0]],
        contract: 'kv',
        sets: [
          setOf('kv', {
            reads: index === 1 ? [{ key: 'k1', version: { block: number - 1, transaction: 0 } }] : [],
            writes: [put(`k${(number + index) % 11}`, `value ${number}`)],
            collections: [{ ...collection, privateHash: Buffer.alloc(32, 1) }],
          }),
        ],
      }),
    )
    const block = await peer.next(...made)
    await peer.channel.commit(block)
    blocks.push(block)
  }
  return { blocks, contents: contents(peer.channel.state) }
}

function contents(state: WorldState) {
  return { height: state.height, entries: namespaces.map((name) => [...state.range(name, { start: '', end: '' })]) }
}

interface Kill {
  /** Milliseconds after it has told its height so many times. */
  readonly afterMs: number
  readonly tellings: number
}

/** Feeds blocks until the process is killed, or has all. @returns the height that it told last */
async function run(folder: string, blocks: readonly Uint8Array[], kill?: Kill): Promise<number> {
  const child = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => undefined)
  let told = 0
  let tellings = 0
  let timer: NodeJS.Timeout | undefined
  let sent = -1
  for await (const line of createInterface({ input: child.stdout })) {
    told = Number(line.replace('height ', ''))
    if (sent < 0) sent = told
    tellings++
    if (tellings === kill?.tellings) timer = setTimeout(() => child.kill('SIGKILL'), kill.afterMs)
    // Some ahead, so that the process is never idle when it is killed.
    for (; sent < told + 4 && sent < blocks.length; sent++) {
      child.stdin.write(`${Buffer.from(blocks[sent] ?? []).toString('base64')}\n`)
    }
    if (told === blocks.length) child.kill('SIGKILL')
  }
  clearTimeout(timer)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return told
}

test(`${cycles} kills while blocks are committed lose none, and the state equals a replay`, {
  timeout: 240_000,
}, async () => {
  const world = testChannel()
  const { blocks, contents: expected } = await chain(world)
  const folder = mkdtempSync(join(tmpdir(), 'cello-kills-'))
  try {
    let told = 0
    for (let cycle = 0; cycle < cycles && told < blocks.length; cycle++) {
      // Every other time after its first block: on a busy machine it might never get so far.
      const height = await run(folder, blocks, { afterMs: 5 + ((cycle * 37) % 130), tellings: 1 + (cycle % 2) })
      assert.ok(height >= told, `after kill ${cycle}: height ${height}, and ${told} was told`)
      told = height
      await compare(folder, told)
    }
    assert.ok(told > 0, `only ${told} blocks were committed`)
    while (told < blocks.length) told = await run(folder, blocks)
    assert.deepEqual(await compare(folder, told), expected)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** The state as it was left and brought up, against one made of the stored blocks alone. */
async function compare(folder: string, told: number) {
  const kept = await fileLedgers(folder).open()
  const [name, store] = [...kept][0] ?? []
  if (name === undefined || !store) return undefined
  assert.ok(store.height >= told, `${store.height} blocks are there, ${told} were told`)
  const replayed = memoryLedgers()
  const copy = await replayed.create(name, await store.read(0))
  for (let number = 1; number < store.height; number++) await copy.append(await store.read(number))
  await store[Symbol.asyncDispose]()
  const of = async (ledgers: ReturnType<typeof memoryLedgers>, path: string) => {
    await using channels = await openPeerChannels({
      ledgers,
      openState: () => openWorldState(path === '' ? ':memory:' : join(path, `${name}.state`)),
      openPrivate: () => openPrivateStore(':memory:'),
      lifecycle: () => ({ definition: (_reader, contract) => (contract === 'kv' ? kv : undefined) }),
      mspId: 'Org1MSP',
      richQueries: false,
      onFailure: () => undefined,
    })
    const channel = channels.get(name)
    assert.ok(channel)
    return contents(channel.state)
  }
  const left = await of(fileLedgers(folder), folder)
  assert.deepEqual(left, await of(replayed, ''))
  return left
}
