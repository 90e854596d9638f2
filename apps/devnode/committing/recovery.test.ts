/** What is on disk after stops and damage: blocks decide, the state follows. And configs, which are blocks too. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { channelHeader } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import { proposeUpdate } from '../config/propose-update.ts'
import { fileLedgers } from '../ledger/file-ledgers.ts'
import { openPrivateStore } from '../state/open-private-store.ts'
import { openWorldState } from '../state/open-world-state.ts'
import type { PeerChannelsOptions } from './open-peer-channels.ts'
import { put, setOf, transaction } from './testing/endorsed-transaction.ts'
import { type Growing, growing } from './testing/growing.ts'
import { channelName, definition, testChannel } from './testing/test-channel.ts'
import { batchTimeout, signedBy, updateOf } from './testing/test-genesis.ts'

const world = testChannel()

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'cello-peer-'))
  const kept: Partial<PeerChannelsOptions> = {
    ledgers: fileLedgers(path),
    openState: (name) => openWorldState(join(path, `${name}.state`)),
    openPrivate: (name) => openPrivateStore(join(path, `${name}.private`)),
  }
  return { path, kept, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

async function opened(more: Partial<PeerChannelsOptions>): Promise<Growing> {
  const peer = await growing(world, more)
  peer.definitions.set('kv', definition('kv'))
  return peer
}

const writing = (...keys: readonly string[]) =>
  transaction({
    by: world.client,
    endorsers: [world.peers[0]],
    contract: 'kv',
    sets: [setOf('kv', { writes: keys.map((key) => put(key, `value of ${key}`)) })],
  })

/** All that a state tells. */
function contents({ channel: { state } }: Growing) {
  const entries = ['', 'kv'].flatMap((name) => [...state.range(name, { start: '', end: '' })])
  return { height: state.height, entries, history: [...state.history('kv', 'a')] }
}

test('a channel opened again has its blocks, its state and goes on', async () => {
  using place = folder()
  const first = await opened(place.kept)
  const one = writing('a', 'b')
  await first.verdicts(one)
  await first.verdicts(writing('a'))
  const before = contents(first)
  await first[Symbol.asyncDispose]()
  await using second = await opened(place.kept)
  assert.deepEqual(contents(second), before)
  assert.equal(second.channel.height, 3)
  assert.deepEqual(await second.verdicts(one, writing('c')), ['DUPLICATE_TXID', 'VALID'])
})

test('a state that is gone, damaged, behind or ahead is made again from the blocks', async () => {
  using place = folder()
  const first = await opened(place.kept)
  await first.verdicts(writing('a', 'b'))
  await first.verdicts(writing('a'))
  const before = contents(first)
  await first[Symbol.asyncDispose]()
  const [file = ''] = readdirSync(place.path).filter((name) => name.endsWith('.state'))
  const damages: Readonly<Record<string, () => void>> = {
    gone: () => rmSync(join(place.path, file)),
    damaged: () => writeFileSync(join(place.path, file), 'no database'),
    behind: () => {
      using state = openWorldState(join(place.path, file))
      state.clear()
    },
    ahead: () => {
      using state = openWorldState(join(place.path, file))
      state.apply({ number: state.height, hash: Buffer.alloc(32), transactions: [], writes: [] })
    },
    foreign: () => {
      using state = openWorldState(join(place.path, file))
      state.clear()
      state.apply({ number: 0, hash: Buffer.alloc(32), transactions: [], writes: [] })
    },
  }
  for (const [name, damage] of Object.entries(damages)) {
    damage()
    await using again = await opened(place.kept)
    assert.deepEqual(contents(again), before, name)
  }
})

test('a simulation sees one state, and holds off no commit', async () => {
  await using peer = await opened({})
  using running = await peer.channel.simulate('tx1')
  await peer.verdicts(writing('a'))
  assert.equal(running.get('kv', 'a'), undefined)
  assert.equal(running.height, 1)
  using later = await peer.channel.simulate('tx2')
  await peer.verdicts(writing('b'))
  assert.equal(Buffer.from(later.get('kv', 'a') ?? []).toString(), 'value of a')
  assert.equal(later.get('kv', 'b'), undefined)
})

test('who waits for a block is woken by it, by the signal, and by the end', async () => {
  const peer = await opened({})
  const { signal } = new AbortController()
  const changed = peer.channel.changed(signal)
  await peer.verdicts(writing('a'))
  await changed
  await peer.channel.changed(AbortSignal.timeout(20))
  const last = peer.channel.changed(signal)
  await peer[Symbol.asyncDispose]()
  await last
  assert.equal(peer.channel.isReady, false)
  await assert.rejects(peer.channel.commit(new Uint8Array()), /has stopped/)
})

test('a listener that throws is told of, and stops nobody', async () => {
  const failures: unknown[] = []
  await using peer = await opened({ onListenerFailure: (_channel, error) => failures.push(error) })
  const heights: number[] = []
  peer.channel.onCommit(() => {
    throw new Error('listener')
  })
  const stop = peer.channel.onCommit(({ number }) => heights.push(number))
  await peer.verdicts(writing('a'))
  stop()
  await peer.verdicts(writing('a'))
  assert.deepEqual(heights, [1])
  assert.equal(failures.length, 2)
})

/** The config transaction that an orderer would make of an update. */
function configOf(peer: Growing, timeout: string, bend?: (envelope: common.ConfigEnvelope) => void): Uint8Array {
  const { config } = peer.channel
  const change = { channel: channelName, name: 'BatchTimeout', value: batchTimeout(timeout), by: world.ordererAdmin }
  const { envelope } = proposeUpdate(config, updateOf(config.config, change))
  bend?.(envelope)
  const header = channelHeader({ type: common.HeaderType.CONFIG, channelId: channelName })
  return signedBy(world.orderer, header, envelope.serializeBinary()).serializeBinary()
}

test('a config block brings its config into force once it is committed, and after a restart', async () => {
  using place = folder()
  const first = await opened(place.kept)
  const told: boolean[] = []
  first.channel.onCommit(({ isConfig }) => told.push(isConfig))
  assert.deepEqual(await first.verdicts(configOf(first, '1s')), ['VALID'])
  assert.equal(first.channel.config.orderer.batch.timeoutMs, 1_000)
  assert.deepEqual(told, [true])
  assert.deepEqual(await first.verdicts(writing('a')), ['VALID'])
  await first[Symbol.asyncDispose]()
  await using second = await opened(place.kept)
  assert.equal(second.channel.config.sequence, 1)
  assert.equal(second.channel.config.orderer.batch.timeoutMs, 1_000)
})

test('a config that its own update does not make stops the channel, as it stops Fabric’s peers', async () => {
  const failures: string[] = []
  await using peer = await opened({ onFailure: (_channel, error) => failures.push(String(error)) })
  const bent = await peer.next(
    configOf(peer, '1s', (envelope) => envelope.getConfig()?.getChannelGroup()?.setModPolicy('Readers')),
  )
  await assert.rejects(peer.channel.commit(bent), /LastUpdate did not produce the supplied config result/)
  assert.equal(peer.channel.height, 1)
  assert.equal(peer.channel.isReady, false)
  assert.equal(failures.length, 1)
})

test('a genesis block that cannot be joined by leaves nothing behind', async () => {
  using place = folder()
  await using peer = await opened(place.kept)
  const bad = common.Block.deserializeBinary(world.genesis)
  bad.getHeader()?.setNumber(5)
  await assert.rejects(peer.channels.join(bad.serializeBinary()), /Expected block number=0, received block number=5/)
  await assert.rejects(peer.channels.join(new Uint8Array()), /block is empty/)
  assert.deepEqual(readdirSync(join(place.path, 'chains')), [peer.channel.name])
})
