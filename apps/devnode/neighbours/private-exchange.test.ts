import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, credentials, type MethodDefinition, status } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import { type TestMember, testOrganization } from '../endorsement/testing/test-organization.ts'
import { sha256 } from '../simulation/hashed-set.ts'
import { encodeKeyValueSet } from '../simulation/key-value-set.ts'
import { encodePrivateSets } from '../simulation/rwset.ts'
import { openPrivateStore } from '../state/open-private-store.ts'
import type { PrivateStore } from '../state/private-store.ts'
import { freeAddress } from '../testing/free-port.ts'
import { until } from '../testing/until.ts'
import type { WantedPrivate } from './private-exchange.ts'
import {
  bodyHash,
  decodeFound,
  encodeOffer,
  encodePrivate,
  encodeWanted,
  fetchMethod,
  pushMethod,
} from './private-message.ts'
import { sign } from './statements.ts'
import { signedBy, type TestPeer, testConfig, testPeer, testPeerChannel } from './testing/test-peers.ts'

const [one, two] = [testOrganization('Org1MSP'), testOrganization('Org2MSP')]
const config = testConfig({ channel: 'orders', organizations: [one, two] })
/** Encoded writes of one key. */
const written = (value: string): Uint8Array =>
  encodeKeyValueSet({
    reads: [],
    ranges: [],
    writes: [{ key: 'price', isDelete: false, value: Buffer.from(value) }],
    metadataWrites: [],
  })
const writes = written('7')
const place = { transaction: 0, namespace: 'basic', collection: 'prices' }
const wanted: WantedPrivate = { ...place, block: 3, txId: 'tx', hash: sha256(writes) }
const signal = new AbortController().signal

function collection(name: string, ...members: readonly string[]): peer.StaticCollectionConfig {
  const policy = new peer.CollectionPolicyConfig()
  policy.setSignaturePolicy(signedBy(1, members))
  const found = new peer.StaticCollectionConfig()
  found.setName(name)
  found.setMemberOrgsPolicy(policy)
  return found
}

const collections = [collection('prices', 'Org1MSP'), collection('shared', 'Org1MSP', 'Org2MSP')]
const definitions = new Map([['basic', { collections }]])

function join(node: TestPeer, privateData: PrivateStore): void {
  node.channels.add(Object.assign(testPeerChannel(config, 5), { privateData }))
}

test('a peer gets from its organization’s others what was committed, and what was endorsed', async () => {
  const [a, b] = [await freeAddress(), await freeAddress()]
  using here = openPrivateStore(':memory:')
  using there = openPrivateStore(':memory:')
  await using first = await testPeer(one, { address: a, definitions })
  await using second = await testPeer(one, { address: b, bootstrap: [a], definitions })
  join(first, here)
  assert.equal(await first.neighbours.push({ channel: 'orders', txId: 'tx', writes }), 0, 'nobody is known yet')
  assert.deepEqual(await first.neighbours.fetch('orders', [wanted], signal), [])
  join(second, there)
  await until(() => [first, second].every(({ neighbours }) => neighbours.onChannel('orders').length === 2))
  assert.deepEqual(await second.neighbours.fetch('orders', [wanted], signal), [], 'nobody has it')
  here.commit(3, [{ ...place, writes: written('8') }])
  assert.deepEqual(await second.neighbours.fetch('orders', [wanted], signal), [], 'what it has is something else')
  here.commit(4, [{ ...place, writes }])
  const [found] = await second.neighbours.fetch('orders', [wanted, { ...wanted, block: 4 }], signal)
  assert.deepEqual([found?.block, Buffer.from(found?.writes ?? [])], [4, Buffer.from(writes)])
  const endorsed = encodePrivateSets([{ namespace: 'basic', collection: 'prices', writes }])
  assert.equal(await second.neighbours.push({ channel: 'orders', txId: 'tx', writes: endorsed }), 1)
  assert.deepEqual(
    here.endorsed('tx').map((set) => Buffer.from(set)),
    [Buffer.from(endorsed)],
  )
  assert.equal((await second.neighbours.fetch('orders', [wanted], signal)).length, 1)
})

test('another organization gets what belongs to both, and nothing else', async () => {
  const [a, b] = [await freeAddress(), await freeAddress()]
  using here = openPrivateStore(':memory:')
  using there = openPrivateStore(':memory:')
  await using first = await testPeer(one, { address: a, definitions })
  await using second = await testPeer(two, { address: b, definitions })
  const met = testConfig({ channel: 'orders', organizations: [one, two], anchors: { Org1MSP: a, Org2MSP: b } })
  for (const [node, privateData] of [
    [first, here],
    [second, there],
  ] as const) {
    node.channels.add(Object.assign(testPeerChannel(met, 5), { privateData }))
  }
  await until(() => [first, second].every(({ neighbours }) => neighbours.onChannel('orders').length === 2))
  const shared = { ...place, collection: 'shared' }
  here.commit(3, [
    { ...place, writes },
    { ...shared, writes },
    { ...place, collection: '_implicit_org_Org1MSP', writes },
  ])
  const asked = ['prices', 'shared', '_implicit_org_Org1MSP'].map((name) => ({ ...wanted, collection: name }))
  const found = await second.neighbours.fetch('orders', asked, signal)
  assert.deepEqual(
    found.map((given) => given.collection),
    ['shared'],
  )
  const offer = (...names: readonly string[]) =>
    encodePrivateSets(names.map((name) => ({ namespace: 'basic', collection: name, writes })))
  const push = (txId: string, given: Uint8Array) =>
    first.neighbours.push({ channel: 'orders', mspId: 'Org2MSP', txId, writes: given })
  assert.equal(await push('own', offer('prices')), 0, 'it has no use for what is not its own')
  assert.equal(await push('both', offer('prices', 'shared')), 1)
  assert.deepEqual(
    there.endorsed('both').map((set) => Buffer.from(set)),
    [Buffer.from(offer('shared'))],
  )
  assert.deepEqual(there.endorsed('own'), [])
})

test('private data is given to peers of members alone, and to each request once', async () => {
  const address = await freeAddress()
  using store = openPrivateStore(':memory:')
  store.commit(3, [{ ...place, writes }])
  await using node = await testPeer(one, { address, definitions })
  join(node, store)
  const client = new Client(address, credentials.createInsecure())
  const ask = (method: MethodDefinition<Buffer, Buffer>, message: Buffer) =>
    new Promise<Buffer | number>((resolve) => {
      const { path, requestSerialize, responseDeserialize } = method
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, (error, answer) =>
        resolve(error?.code ?? answer ?? status.OK),
      )
    })
  const said = (
    signer: TestMember,
    more: { readonly to?: string; readonly time?: number; readonly body?: string } = {},
  ) => {
    const body = encodeWanted('orders', [wanted])
    const { to = 'Org1MSP', time = Date.now() } = more
    const request = sign(signer, { kind: 'fetch private', time, to, body: bodyHash(body) })
    return encodePrivate({
      identity: Buffer.from(signer.serialized).toString('base64'),
      request,
      body: more.body ?? body,
    })
  }
  const own = one.member('peer')
  const good = said(own)
  const foreign = await ask(fetchMethod, said(two.member('peer')))
  assert.ok(Buffer.isBuffer(foreign))
  assert.deepEqual(decodeFound(foreign), [])
  const answer = await ask(fetchMethod, good)
  assert.ok(Buffer.isBuffer(answer))
  assert.equal(decodeFound(answer).length, 1)
  const refused = [
    ['the same again', good],
    ['a stranger', said(testOrganization('Org3MSP').member('peer'))],
    ['a client', said(one.member('client'))],
    ['an expired peer', said(one.member('peer', { expired: true }))],
    ['meant for others', said(own, { to: 'Org2MSP' })],
    ['of long ago', said(own, { time: Date.now() - 100_000 })],
    ['another body', said(own, { body: encodeOffer({ channel: 'orders', txId: 'tx', writes }) })],
    ['rubbish', Buffer.from('{')],
  ] as const
  for (const [what, message] of refused) {
    assert.equal(await ask(fetchMethod, message), status.PERMISSION_DENIED, what)
    assert.equal(await ask(pushMethod, message), status.PERMISSION_DENIED, what)
  }
  client.close()
})
