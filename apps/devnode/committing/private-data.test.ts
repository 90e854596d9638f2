/** Private values: of the peer's own collections, as it endorsed them, for as long as they live. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryLedgers } from '../ledger/memory-ledgers.ts'
import type { PrivateExchange } from '../neighbours/private-exchange.ts'
import { sha256 } from '../simulation/hashed-set.ts'
import { encodeKeyValueSet } from '../simulation/key-value-set.ts'
import { encodePrivateSets } from '../simulation/rwset.ts'
import { hashedNamespace, privateNamespace } from '../state/collection-namespace.ts'
import { openPrivateStore } from '../state/open-private-store.ts'
import { until } from '../testing/until.ts'
import type { PeerChannelsOptions } from './open-peer-channels.ts'
import { put, setOf, transaction } from './testing/endorsed-transaction.ts'
import { type Growing, growing } from './testing/growing.ts'
import { definition, testChannel } from './testing/test-channel.ts'

const world = testChannel()
const collections = [
  { name: 'mine' },
  { name: 'theirs', members: "OR('Org2MSP.member')" },
  { name: 'brief', blocksToLive: 2 },
]

async function opened(more: Partial<PeerChannelsOptions> = {}): Promise<Growing> {
  const peer = await growing(world, more)
  peer.definitions.set('kv', definition('kv', { collections }))
  return peer
}

interface Writing {
  readonly collection: string
  readonly key: string
  /** Absent: the key is deleted. */
  readonly value?: string
  readonly isPurge?: boolean
}

/** A transaction that writes privately, and what its endorser kept of it. */
function writing({ collection, key, value, isPurge = false }: Writing) {
  const isDelete = value === undefined
  const write = { key, isDelete, value: Buffer.from(value ?? '') }
  const set = encodeKeyValueSet({ reads: [], ranges: [], writes: [write], metadataWrites: [] })
  const hashed = {
    keyHash: sha256(key),
    isDelete,
    isPurge,
    valueHash: isDelete ? new Uint8Array() : sha256(write.value),
  }
  const made = transaction({
    by: world.client,
    endorsers: [world.peers[0]],
    contract: 'kv',
    sets: [
      setOf('kv', {
        collections: [
          { collection, hashedReads: [], hashedWrites: [hashed], hashedMetadataWrites: [], privateHash: sha256(set) },
        ],
      }),
    ],
  })
  return { ...made, private: encodePrivateSets([{ namespace: 'kv', collection, writes: set }]) }
}

const valueOf = ({ channel: { state } }: Growing, collection: string, key: string) => {
  const found = state.get(privateNamespace('kv', collection), key)
  return found && Buffer.from(found.value).toString()
}
const hashOf = ({ channel: { state } }: Growing, collection: string, key: string) =>
  state.get(hashedNamespace('kv', collection), Buffer.from(sha256(key)).toString('hex'))?.value

async function commits(peer: Growing, one: ReturnType<typeof writing>): Promise<void> {
  peer.channel.privateData.keep(one.id, one.private, peer.channel.height)
  assert.deepEqual(await peer.verdicts(one), ['VALID'])
}

test('what was endorsed here is in the state once it is committed, and kept no longer with what waits', async () => {
  await using peer = await opened()
  const one = writing({ collection: 'mine', key: 'a', value: '1' })
  await commits(peer, one)
  assert.equal(valueOf(peer, 'mine', 'a'), '1')
  assert.deepEqual(Buffer.from(hashOf(peer, 'mine', 'a') ?? []), Buffer.from(sha256('1')))
  assert.deepEqual(peer.channel.privateData.endorsed(one.id), [])
  assert.equal(peer.channel.privateData.committed(1).length, 1)
  await commits(peer, writing({ collection: 'mine', key: 'a' }))
  assert.equal(valueOf(peer, 'mine', 'a'), undefined)
  assert.equal(hashOf(peer, 'mine', 'a'), undefined)
})

test('values whose hash is another, of another’s collection, or not endorsed here are left out', async () => {
  await using peer = await opened()
  const [one, other] = ['1', '2'].map((value) => writing({ collection: 'mine', key: 'a', value }))
  assert.ok(one && other)
  peer.channel.privateData.keep(one.id, other.private, 1)
  assert.deepEqual(await peer.verdicts(one), ['VALID'])
  assert.equal(valueOf(peer, 'mine', 'a'), undefined)
  assert.ok(hashOf(peer, 'mine', 'a'))
  await commits(peer, writing({ collection: 'theirs', key: 'a', value: '1' }))
  assert.equal(valueOf(peer, 'theirs', 'a'), undefined)
  assert.deepEqual(await peer.verdicts(writing({ collection: 'mine', key: 'b', value: '1' })), ['VALID'])
  assert.equal(valueOf(peer, 'mine', 'b'), undefined)
})

test('a purge takes a key out of the state and out of the past', async () => {
  await using peer = await opened()
  await commits(peer, writing({ collection: 'mine', key: 'a', value: '1' }))
  assert.deepEqual(await peer.verdicts(writing({ collection: 'mine', key: 'a', isPurge: true })), ['VALID'])
  assert.equal(valueOf(peer, 'mine', 'a'), undefined)
  const [kept] = peer.channel.privateData.committed(1)
  assert.equal(Buffer.from(kept?.writes ?? []).includes('a'), false)
})

test('a value lives as many blocks as its collection says, unless it is written again', async () => {
  await using peer = await opened()
  const plain = () =>
    transaction({
      by: world.client,
      endorsers: [world.peers[0]],
      contract: 'kv',
      sets: [setOf('kv', { writes: [put('x', '1')] })],
    })
  await commits(peer, writing({ collection: 'brief', key: 'a', value: '1' }))
  await commits(peer, writing({ collection: 'brief', key: 'b', value: '1' }))
  await commits(peer, writing({ collection: 'brief', key: 'b', value: '2' }))
  assert.equal(valueOf(peer, 'brief', 'a'), '1')
  await peer.verdicts(plain())
  assert.equal(valueOf(peer, 'brief', 'a'), undefined, 'written in block 1, gone with block 4')
  assert.equal(hashOf(peer, 'brief', 'a'), undefined)
  await peer.verdicts(plain())
  assert.equal(valueOf(peer, 'brief', 'b'), '2', 'block 5 takes what block 2 wrote, but block 3 wrote it again')
  await peer.verdicts(plain())
  assert.equal(valueOf(peer, 'brief', 'b'), undefined)
  assert.deepEqual([...peer.channel.state.range('$$expiry', { start: '', end: 'used' })], [])
})

test('a state made again has the private values again, without those that are gone', async () => {
  const ledgers = memoryLedgers()
  // Closing the channel must not close this one: the next peer has it too.
  const store = openPrivateStore(':memory:')
  const openPrivate = () => ({ ...store, [Symbol.dispose]: () => undefined })
  const first = await growing(world, { ledgers, openPrivate })
  first.definitions.set('kv', definition('kv', { collections }))
  for (const key of ['a', 'b']) await commits(first, writing({ collection: 'mine', key, value: '1' }))
  await commits(first, writing({ collection: 'mine', key: 'b', isPurge: true }))
  await first[Symbol.asyncDispose]()
  await using second = await growing(world, { ledgers, openPrivate })
  assert.equal(valueOf(second, 'mine', 'a'), '1')
  assert.equal(valueOf(second, 'mine', 'b'), undefined)
  store[Symbol.dispose]()
})

/** A neighbour that gives what it has, as a peer of the same organization does. */
const neighbour = ({ channel }: Growing): Pick<PrivateExchange, 'fetch'> => ({
  fetch: async (_channel, wanted) =>
    wanted.flatMap((one) => {
      const writes = channel.privateData.committed(one.block).find(({ transaction, collection }) => {
        return transaction === one.transaction && collection === one.collection
      })?.writes
      return writes ? [{ ...one, writes }] : []
    }),
})

test('what another peer of the organization endorsed is fetched when the block comes', async () => {
  await using first = await opened()
  await using second = await opened({ privateExchange: () => neighbour(first) })
  await commits(first, writing({ collection: 'mine', key: 'a', value: '1' }))
  await second.channel.commit(await first.channel.store.read(1))
  assert.equal(valueOf(second, 'mine', 'a'), '1')
  assert.deepEqual(second.channel.privateData.missing(10), [])
})

test('what is missing comes later, but for what was written again, deleted or purged meanwhile', async () => {
  await using first = await opened()
  const known: { neighbour?: Pick<PrivateExchange, 'fetch'> } = {}
  await using second = await opened({ privateExchange: () => known.neighbour })
  const written = [
    { key: 'a', value: '1' },
    { key: 'a', value: '2' },
    { key: 'b', value: '1' },
    { key: 'b' },
    { key: 'c', value: '1' },
    { key: 'c', isPurge: true },
    { key: 'd', value: '1' },
  ]
  for (const one of written) await commits(first, writing({ collection: 'mine', ...one }))
  for (let number = 1; number < first.channel.height; number++) {
    await second.channel.commit(await first.channel.store.read(number))
  }
  assert.equal(second.channel.privateData.missing(10).length, written.length)
  assert.equal(valueOf(second, 'mine', 'd'), undefined)
  known.neighbour = neighbour(first)
  await until(() => second.channel.privateData.missing(10).length === 0)
  assert.deepEqual(second.channel.privateData.missing(10), [])
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => valueOf(second, 'mine', key)),
    ['2', undefined, undefined, '1'],
  )
  const purged = second.channel.privateData.committed(5)
  assert.equal(Buffer.concat(purged.map(({ writes }) => writes)).includes('c'), false)
})

test('a neighbour that gives something else changes nothing', async () => {
  await using first = await opened()
  let asked = 0
  const lying: Pick<PrivateExchange, 'fetch'> = {
    async fetch(_channel, wanted) {
      asked++
      return wanted.map((one) => ({ ...one, writes: Buffer.from('rubbish') }))
    },
  }
  await using second = await opened({ privateExchange: () => lying })
  await commits(first, writing({ collection: 'mine', key: 'a', value: '1' }))
  await second.channel.commit(await first.channel.store.read(1))
  await until(() => asked === 3) // by the commit, and then twice since it is still missing
  assert.equal(valueOf(second, 'mine', 'a'), undefined)
  assert.equal(second.channel.privateData.missing(10).length, 1)
})

test('a value that came late lives no longer than one that came in time', async () => {
  await using first = await opened()
  const known: { neighbour?: Pick<PrivateExchange, 'fetch'> } = {}
  await using second = await opened({ privateExchange: () => known.neighbour })
  await commits(first, writing({ collection: 'brief', key: 'a', value: '1' }))
  await second.channel.commit(await first.channel.store.read(1))
  known.neighbour = neighbour(first)
  await until(() => valueOf(second, 'brief', 'a') !== undefined)
  assert.equal(valueOf(second, 'brief', 'a'), '1')
  for (let number = 2; number <= 4; number++) {
    await commits(first, writing({ collection: 'mine', key: `k${number}`, value: '1' }))
    await second.channel.commit(await first.channel.store.read(number))
  }
  assert.equal(valueOf(second, 'brief', 'a'), undefined)
})

test('a peer that is no member forgets the hashes in time, like all others', async () => {
  const failures: string[] = []
  await using first = await opened()
  await using other = await opened({ mspId: 'Org2MSP', onFailure: (_channel, error) => failures.push(String(error)) })
  await commits(first, writing({ collection: 'brief', key: 'a', value: '1' }))
  for (let number = 2; number <= 5; number++)
    await commits(first, writing({ collection: 'mine', key: 'b', value: '1' }))
  for (let number = 1; number <= 5; number++) await other.channel.commit(await first.channel.store.read(number))
  assert.deepEqual(failures, [])
  assert.equal(hashOf(other, 'brief', 'a'), undefined)
  assert.deepEqual(other.channel.privateData.missing(10), [])
})

test('a neighbour that never answers holds up one block, not the next', { timeout: 120_000 }, async () => {
  await using first = await opened()
  const asked: string[] = []
  const silent: Pick<PrivateExchange, 'fetch'> = {
    fetch: (_channel, wanted, signal) => {
      asked.push(wanted.map(({ block }) => block).join(' '))
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('no answer'))))
    },
  }
  await using second = await opened({ privateExchange: () => silent })
  for (const key of ['a', 'b', 'c']) await commits(first, writing({ collection: 'mine', key, value: '1' }))
  await second.channel.commit(await first.channel.store.read(1))
  assert.equal(asked[0], '1')
  for (const number of [2, 3]) await second.channel.commit(await first.channel.store.read(number))
  // A commit asks for what is missing of its own block; what is asked for later is of all.
  assert.ok(!asked.includes('2') && !asked.includes('3'), 'the commit of a later block asked and waited again')
  assert.equal(second.channel.privateData.missing(10).length, 3)
})
