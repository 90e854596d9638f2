import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, credentials, status } from '@grpc/grpc-js'
import { type TestOrganization, testOrganization } from '../endorsement/testing/test-organization.ts'
import { freeAddress } from '../testing/free-port.ts'
import { until } from '../testing/until.ts'
import { encodeMessage, exchangeMethod } from './message.ts'
import { OwnStatements } from './own-statements.ts'
import { testChannels, testConfig, testLifecycle, testPeer, testPeerChannel } from './testing/test-peers.ts'

const [one, two, stranger] = ['Org1MSP', 'Org2MSP', 'StrangerMSP'].map(testOrganization) as [
  TestOrganization,
  TestOrganization,
  TestOrganization,
]

const addresses = (count: number): Promise<string[]> => Promise.all(Array.from({ length: count }, freeAddress))

test('peers of two organizations find each other by anchor peers, and tell heights and contracts', async () => {
  const [a = '', b = ''] = await addresses(2)
  const definitions = new Map([['basic', { sequence: 3 }]])
  await using first = await testPeer(one, { address: a, definitions })
  await using second = await testPeer(two, { address: b, definitions })
  const config = testConfig({ channel: 'orders', organizations: [one, two], anchors: { Org1MSP: a, Org2MSP: b } })
  const channel = testPeerChannel(config)
  first.channels.add(channel)
  assert.equal(first.neighbours.onChannel('orders').length, 1, 'itself alone, until the other has joined')
  second.channels.add(testPeerChannel(config, 7))
  await until(() => first.neighbours.onChannel('orders').length === 2)
  await until(() => second.neighbours.onChannel('orders').length === 2)
  const [seen] = first.neighbours.others()
  assert.equal(seen?.endpoint, b)
  assert.equal(seen?.mspId, 'Org2MSP')
  assert.deepEqual(seen?.channels.get('orders'), { height: 7, contracts: [{ name: '_lifecycle', version: '1' }] })
  second.installed.add('basic')
  second.neighbours.tell()
  await until(() => first.neighbours.others()[0]?.channels.get('orders')?.contracts[0]?.version === '3')
  channel.grow()
  await until(() => second.neighbours.others()[0]?.channels.get('orders')?.height === 2)
})

test('peers of one organization find each other by bootstrap, without a channel', async () => {
  const [a = '', b = ''] = await addresses(2)
  await using first = await testPeer(one, { address: a, bootstrap: [b] })
  assert.deepEqual(first.neighbours.others(), [], 'the other one is not there yet')
  await using second = await testPeer(one, { address: b, bootstrap: [a] })
  await until(() => first.neighbours.others().length === 1 && second.neighbours.others().length === 1)
  assert.deepEqual(second.neighbours.onChannel('orders'), [])
})

test('who knows only one of them hears of all of them', async () => {
  const [a = '', b = '', c = ''] = await addresses(3)
  const config = testConfig({ channel: 'orders', organizations: [one, two], anchors: { Org1MSP: a } })
  await using anchor = await testPeer(one, { address: a })
  await using second = await testPeer(two, { address: b })
  await using third = await testPeer(two, { address: c })
  for (const peer of [anchor, second, third]) peer.channels.add(testPeerChannel(config))
  for (const peer of [anchor, second, third]) await until(() => peer.neighbours.onChannel('orders').length === 3)
})

test('an organization hears nothing of channels that it is no member of, nor of peers that it meets in none', async () => {
  const [a = '', b = ''] = await addresses(2)
  const shared = testConfig({ channel: 'shared', organizations: [one, two], anchors: { Org1MSP: a } })
  const own = testConfig({ channel: 'own', organizations: [one] })
  await using first = await testPeer(one, { address: a })
  await using second = await testPeer(two, { address: b })
  first.channels.add(testPeerChannel(own))
  first.channels.add(testPeerChannel(shared))
  second.channels.add(testPeerChannel(shared))
  await until(() => second.neighbours.others().length === 1)
  assert.deepEqual([...(second.neighbours.others()[0]?.channels.keys() ?? [])], ['shared'])
})

test('a peer that gives no sign of life is forgotten, and what it said once does not bring it back', async () => {
  const [a = '', b = '', c = ''] = await addresses(3)
  const config = testConfig({ channel: 'orders', organizations: [one, two], anchors: { Org1MSP: a } })
  const options = { expiryMs: 600, pace: { restMs: 100, blocksMs: 20, retryMs: 50 } }
  await using first = await testPeer(one, { address: a, ...options })
  await using second = await testPeer(two, { address: b, ...options })
  const third = await testPeer(two, { address: c, ...options })
  for (const peer of [first, second, third]) peer.channels.add(testPeerChannel(config))
  await until(() => [first, second].every(({ neighbours }) => neighbours.others().length === 2))
  await third.stop()
  const isKnown = (address: string) => (peer: typeof first) =>
    peer.neighbours.others().some(({ endpoint }) => endpoint === address)
  await until(() => ![first, second].some(isKnown(c)))
  await new Promise((resolve) => setTimeout(resolve, 700))
  assert.ok(![first, second].some(isKnown(c)))
  // On a busy machine those that live may lose sight of each other for a moment, too.
  await until(() => isKnown(b)(first) && isKnown(a)(second))
})

test('nobody can speak for another organization’s peer, and strangers are not heard', async () => {
  const [a = ''] = await addresses(1)
  const config = testConfig({ channel: 'orders', organizations: [one, two] })
  await using first = await testPeer(one, { address: a })
  first.channels.add(testPeerChannel(config))
  const channels = testChannels()
  channels.add(testPeerChannel(config))
  const lifecycle = testLifecycle(new Map(), new Set())
  const speaker = (signer: Parameters<typeof said>[0]) =>
    new OwnStatements({ signer, endpoint: 'evil:1', channels, lifecycle: () => lifecycle, freshMs: 1_000 })
  function said(signer: { serialized: Uint8Array; sign(message: Uint8Array): Uint8Array }, to = 'Org1MSP') {
    const own = speaker(signer)
    return encodeMessage({ question: own.questionTo(to), self: own.entryFor(to) })
  }
  const client = new Client(a, credentials.createInsecure())
  const { path, requestSerialize, responseDeserialize } = exchangeMethod
  const ask = (message: Buffer): Promise<number> =>
    new Promise((resolve) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, (error) =>
        resolve(error?.code ?? status.OK),
      )
    })
  const member = two.member('peer')
  const asMember = (sign: (message: Uint8Array) => Uint8Array) => ({ serialized: member.serialized, sign })
  assert.equal(await ask(said(asMember((message) => stranger.member('peer').sign(message)))), status.PERMISSION_DENIED)
  assert.equal(await ask(said(asMember((message) => one.member('peer').sign(message)))), status.PERMISSION_DENIED)
  assert.equal(await ask(said(stranger.member('peer'))), status.PERMISSION_DENIED)
  assert.equal(await ask(said(two.member('peer', { expired: true }))), status.PERMISSION_DENIED)
  assert.equal(await ask(said(member, 'Org2MSP')), status.PERMISSION_DENIED, 'a question for others')
  for (const rubbish of ['', '{}', '[]', 'null', '{"question":1}', '\u0000'.repeat(100)]) {
    assert.equal(await ask(Buffer.from(rubbish)), status.PERMISSION_DENIED, rubbish)
  }
  assert.deepEqual(first.neighbours.others(), [])
  // A member may ask, and what it tells of another one counts only if that one has signed it.
  const honest = speaker(member)
  const forged = { ...speaker(one.member('peer')).entryFor('Org1MSP'), identity: honest.identity }
  assert.equal(await ask(encodeMessage({ question: honest.questionTo('Org1MSP'), self: forged })), status.OK)
  assert.deepEqual(first.neighbours.others(), [])
  assert.equal(await ask(said(member)), status.OK)
  assert.equal(first.neighbours.others()[0]?.mspId, 'Org2MSP')
  client.close()
})
