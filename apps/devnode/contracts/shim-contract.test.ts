/** Unchanged fabric-shim contracts, in processes of their own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServerCredentials } from '@grpc/grpc-js'
import { common, ledger, msp } from '@hyperledger/fabric-protos'
import { testOrganization } from '../endorsement/testing/test-organization.ts'
import { freePort } from '../testing/free-port.ts'
import { Type } from './shim-message.ts'
import { type CallingOptions, openCalling } from './testing/calling.ts'
import { startContract } from './testing/contract-process.ts'
import { completed, openFakeService } from './testing/fake-service.ts'
import {
  definitionOf,
  memberCollection,
  packageAt,
  type TestChannelOptions,
  testChannel,
} from './testing/test-channel.ts'

const id = 'kv_1:0123'

async function withContract(more: Partial<CallingOptions> = {}, channelOptions: TestChannelOptions = {}) {
  const stack = new AsyncDisposableStack()
  const port = await freePort()
  const contract = stack.use(await startContract(id, port))
  const channel = stack.use(
    testChannel('mychannel', { richQueries: true, collections: ['secrets'], ...channelOptions }),
  )
  const deployed = [{ definition: definitionOf('kv'), installed: packageAt(id, contract.address) }]
  const calling = stack.use(openCalling({ channels: [channel], deployed, ...more }))
  return { port, contract, channel, calling, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('a contract reads, writes and deletes, and is asked for nothing that it did not do', async () => {
  await using world = await withContract()
  world.channel.write('kv', { old: '1' })
  const { text, results, trace } = await world.calling.call('kv', [
    'run',
    JSON.stringify([
      ['get', 'old'],
      ['get', 'none'],
      ['put', 'new', '2'],
      ['del', 'old'],
      ['event', 'made', 'it'],
    ]),
  ])
  assert.deepEqual(JSON.parse(text), ['1', '', null, null, null])
  const sets = ledger.rwset.TxReadWriteSet.deserializeBinary(results).getNsRwsetList()
  assert.deepEqual(
    sets.map((set) => set.getNamespace()),
    ['_lifecycle', 'kv'],
  )
  const own = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(sets[1]?.getRwset_asU8() ?? new Uint8Array()).toObject()
  assert.deepEqual(
    own.readsList.map(({ key }) => key),
    ['none', 'old'],
  )
  assert.deepEqual(
    own.writesList.map(({ key, isDelete }) => [key, isDelete]),
    [
      ['new', false],
      ['old', true],
    ],
  )
  const kinds = trace.map(({ kind }) => kind)
  // The first is the peer's own look at the definition.
  assert.deepEqual(kinds, ['read', 'read', 'read', 'write', 'write'])
})

test('ranges come in portions of 100, pages with their bookmark, and no more than the total limit', async () => {
  await using world = await withContract({ queryLimit: 230 }, { richQueries: false })
  const keys = Array.from({ length: 250 }, (_, index) => `k${String(index).padStart(3, '0')}`)
  world.channel.write('kv', Object.fromEntries(keys.map((key) => [key, key])))
  const [all] = await world.calling.run('kv', [['range', 'k', 'l']])
  assert.deepEqual(
    all,
    keys.slice(0, 230).map((key) => [key, key]),
  )
  const [page] = await world.calling.run('kv', [['page', 'k', 'l', '3', '']])
  const first = keys.slice(0, 3).map((key) => [key, key])
  assert.deepEqual(page, { found: first, count: 3, bookmark: 'k003' })
  const [next] = await world.calling.run('kv', [['page', 'k', 'k005', '3', 'k003']])
  assert.deepEqual(next, {
    found: [
      ['k003', 'k003'],
      ['k004', 'k004'],
    ],
    count: 2,
    bookmark: '',
  })
  const [some] = await world.calling.run('kv', [['some', 'k', 'l', '2']])
  assert.deepEqual(some, first.slice(0, 2))
})

test('composite keys, rich queries and histories', async () => {
  await using world = await withContract()
  await world.calling.run('kv', [['pair', 'colour', 'red', '1', 'a']])
  world.channel.write('kv', { '\u0000colour\u0000red\u00001\u0000': 'a', thing: '{"size":3}' })
  world.channel.write('kv', { thing: '{"size":4}' })
  assert.deepEqual(await world.calling.run('kv', [['pairs', 'colour', 'red']]), [
    [[{ objectType: 'colour', attributes: ['red', '1'] }, 'a']],
  ])
  const query = JSON.stringify({ selector: { size: { $gt: 3 } } })
  assert.deepEqual(await world.calling.run('kv', [['query', query]]), [[['thing', '{"size":4}']]])
  const [history] = await world.calling.run('kv', [['history', 'thing']])
  const values = Array.isArray(history) ? history.map(({ value, hasTime }) => [value, hasTime]) : []
  assert.deepEqual(values, [
    ['{"size":4}', true],
    ['{"size":3}', true],
  ])
})

test('private data: values for those who may, hashes for all, an initialization has none', async () => {
  const organization = testOrganization('Org1MSP')
  const memberships = new Map([['Org1MSP', organization.membership]])
  await using world = await withContract({ deployed: [] }, { memberships })
  const secrets = memberCollection('secrets', anyMemberOf('Org1MSP'))
  const deployed = [
    { definition: definitionOf('kv', { collections: [secrets] }), installed: packageAt(id, world.contract.address) },
  ]
  await using calling = openCalling({ channels: [world.channel], deployed, member: organization.member('client') })
  await using stranger = openCalling({ channels: [world.channel], deployed })
  const steps = [
    ['putPrivate', 'secrets', 'k', 'v'],
    ['getPrivate', 'secrets', 'k'],
    ['hashPrivate', 'secrets', 'k'],
  ]
  const { text, privateResults, results, trace } = await calling.call('kv', ['run', JSON.stringify(steps)])
  assert.deepEqual(JSON.parse(text), [null, '', ''])
  assert.ok(privateResults && Buffer.from(privateResults).includes('v'))
  assert.ok(!Buffer.from(results).includes('secret value'))
  assert.ok(!JSON.stringify(trace).includes('"v"'))
  await assert.rejects(
    stranger.run('kv', steps.slice(1, 2)),
    /^Error: GET_STATE failed: transaction ID: 0+1: tx creator does not have read access permission on privatedata in chaincodeName:kv collectionName: secrets$/,
  )
  await assert.rejects(
    calling.run('kv', [['putPrivate', 'none', 'k', 'v']]),
    /PUT_STATE failed: transaction ID: 0+2: collection mychannel\/kv\/none could not be found$/,
  )
})

test('a contract calls another, here and on another channel, where nothing is written', async () => {
  using there = testChannel('there')
  const otherId = 'other_1:4567'
  await using other = await openFakeService({
    id: otherId,
    onMessage(message, stream) {
      if (message.getType() === Type.TRANSACTION) stream.write(completed(message, 200, message.getChannelId()))
    },
  })
  await using world = await withContract()
  const deployed = [
    { definition: definitionOf('kv'), installed: packageAt(id, world.contract.address) },
    { definition: definitionOf('other'), installed: packageAt(otherId, other.address) },
  ]
  await using calling = openCalling({ channels: [world.channel, there], deployed })
  assert.deepEqual(await calling.run('kv', [['call', 'other', '', 'x']]), [
    { status: 200, message: '', payload: 'mychannel' },
  ])
  const put = JSON.stringify([['put', 'elsewhere', '1']])
  const { text, results, trace } = await calling.call('kv', [
    'run',
    JSON.stringify([
      ['call', 'other', 'there', 'x'],
      ['call', 'kv', 'there', 'run', put],
    ]),
  ])
  assert.deepEqual(JSON.parse(text), [
    { status: 200, message: '', payload: 'there' },
    { status: 200, message: '', payload: '[null]' },
  ])
  assert.ok(!Buffer.from(results).includes('elsewhere'))
  assert.equal(there.simulating, 0)
  assert.deepEqual(
    trace.filter(({ kind }) => kind === 'call'),
    [
      { kind: 'call', contract: 'other', channel: 'there', status: 200 },
      { kind: 'call', contract: 'kv', channel: 'there', status: 200 },
    ],
  )
  const refusals: [string[], RegExp][] = [
    [['kv', ''], /execute failed: error sending: txid: 0+\d\(mychannel\) exists$/],
    [
      ['none', ''],
      /execute failed: invalid invocation: \[channel mychannel\] failed to get chaincode container info for none: chaincode none not found$/,
    ],
    [
      ['other', 'nowhere'],
      /INVOKE_CHAINCODE failed: transaction ID: 0+\d: Failed to get policy manager for channel \[nowhere\]$/,
    ],
  ]
  for (const [[name = '', channel = ''], words] of refusals) {
    await assert.rejects(calling.run('kv', [['call', name, channel, 'run', '[]']]), words)
  }
})

test('a contract that starts anew is used at once, and calls wait for one that is on its way', async () => {
  // A process starts in a fifth of a second, but not where other tests have the machine.
  await using world = await withContract({ refusedPatienceMs: 60_000 })
  assert.deepEqual(await world.calling.run('kv', [['put', 'k', '1']]), [null])
  const running = world.calling.run('kv', [['hang']])
  const broken = assert.rejects(running, { message: 'error sending: chaincode stream terminated' })
  await new Promise((resolve) => setTimeout(resolve, 50))
  await world.contract.kill()
  await broken
  const waiting = world.calling.run('kv', [['get', 'k']])
  await using again = await startContract(id, world.port)
  assert.deepEqual(await waiting, [''])
  await again.kill()
  await using _last = await startContract(id, world.port)
  assert.deepEqual(await world.calling.run('kv', [['get', 'k']]), [''])
})

test('an initialization is demanded once for each version', async () => {
  await using world = await withContract()
  const installed = packageAt(id, world.contract.address)
  const deployed = [{ definition: definitionOf('kv', { initRequired: true }), installed }]
  await using calling = openCalling({ channels: [world.channel], deployed })
  const message =
    "invalid invocation: chaincode 'kv' has not been initialized for this version, must call as init first"
  await assert.rejects(calling.run('kv', []), { message })
  const { results } = await calling.call('kv', ['run', '[]'], { isInit: true })
  assert.ok(Buffer.from(results).includes('initialized'))
  world.channel.write('kv', { '\u0000\u{10ffff}initialized': '1.0' })
  assert.deepEqual(await calling.run('kv', []), [])
  const again = "invalid invocation: chaincode 'kv' is already initialized but called as init"
  await assert.rejects(calling.call('kv', ['run', '[]'], { isInit: true }), { message: again })
  const never = "invalid invocation: chaincode 'kv' does not require initialization but called as init"
  await assert.rejects(world.calling.call('kv', ['run', '[]'], { isInit: true }), { message: never })
})

test('TLS: both sides show certificates, and a stranger is not talked to', async () => {
  const organization = testOrganization('Org1MSP')
  const stranger = testOrganization('Org2MSP')
  const server = organization.member('peer')
  const client = organization.member('client')
  const credentials = ServerCredentials.createSsl(
    Buffer.from(organization.root),
    [{ private_key: Buffer.from(server.key), cert_chain: Buffer.from(server.certificate) }],
    true,
  )
  const behaviour = {
    id,
    onMessage(
      message: Parameters<typeof completed>[0],
      stream: { write(reply: ReturnType<typeof completed>): unknown },
    ) {
      if (message.getType() === Type.TRANSACTION) stream.write(completed(message, 200, 'secretly'))
    },
  }
  await using service = await openFakeService(behaviour, credentials)
  using channel = testChannel('mychannel')
  const answerWith = async (rootCertificate: string, pair?: { certificate: string; key: string }, patienceMs = 300) => {
    const tls = { rootCertificate, ...(pair ? { client: pair } : {}) }
    const installed = packageAt(id, service.address, { dialTimeoutMs: patienceMs, tls })
    await using calling = openCalling({
      channels: [channel],
      deployed: [{ definition: definitionOf('kv'), installed }],
      startTimeoutMs: patienceMs + 1_000,
    })
    return (await calling.call('kv', ['x'])).text
  }
  assert.equal(await answerWith(organization.root, client, 60_000), 'secretly')
  await assert.rejects(answerWith(stranger.root, client), /authentication handshake failed|context deadline exceeded/)
  await assert.rejects(answerWith(organization.root), /could not launch chaincode kv_1:0123: /)
  await assert.rejects(
    answerWith(organization.root, stranger.member('client')),
    /could not launch chaincode kv_1:0123: /,
  )
})

function anyMemberOf(mspId: string): common.SignaturePolicyEnvelope {
  const role = new msp.MSPRole()
  role.setMspIdentifier(mspId)
  const principal = new msp.MSPPrincipal()
  principal.setPrincipal(role.serializeBinary())
  const rule = new common.SignaturePolicy()
  rule.setSignedBy(0)
  const envelope = new common.SignaturePolicyEnvelope()
  envelope.setRule(rule)
  envelope.addIdentities(principal)
  return envelope
}
