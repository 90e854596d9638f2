import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { credentials, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js'
import { common, peer } from '@hyperledger/fabric-protos'
import { type Contract, ReturnedFailure } from '../contracts/contract.ts'
import { contractsOf } from '../contracts/contracts-of.ts'
import { everybodyMay } from '../contracts/testing/calling.ts'
import { type Deployed, definitionOf, lifecycleOf, testChannel } from '../contracts/testing/test-channel.ts'
import { isSignedBy, readIdentity } from '../msp/identity.ts'
import { openTraces } from '../trace/open-traces.ts'
import { type EndorserOptions, endorserOf } from './endorser-of.ts'
import { endorserDefinition, endorserService } from './endorser-service.ts'
import { type ProposalFields, signedProposal } from './testing/proposals.ts'
import { testOrganization } from './testing/test-organization.ts'

const organization = testOrganization('Org1MSP')
const signer = organization.member('peer')
const client = organization.member('client')
const memberships = new Map([['Org1MSP', organization.membership]])
const forever = new AbortController().signal

/** A contract in this process: its first argument says what it does. */
const told: Contract = {
  async invoke({ args, simulator, contract }) {
    const [what = '', value = ''] = args.map((arg) => Buffer.from(arg).toString())
    if (what === 'throw') throw new Error(value)
    if (what === 'return failure') throw new ReturnedFailure(value)
    simulator?.get(contract, 'read')
    simulator?.put(contract, 'written', Buffer.from(what))
    if (what === 'private') simulator?.private.put(contract, 'secrets', 'k', Buffer.from(value))
    const response = new peer.Response()
    response.setStatus(what === 'answer' ? Number(value) : 200)
    response.setPayload(Buffer.from('payload'))
    const event = new peer.ChaincodeEvent()
    event.setEventName('made')
    return { response, event }
  },
}

function world(more: Partial<EndorserOptions> = {}, deployed: Partial<Deployed> = {}) {
  const channel = testChannel('mychannel', { memberships, collections: ['secrets'] })
  const installed = { id: 'kv_1:01', label: 'kv_1', connection: () => Promise.reject(new Error('not called')) }
  const lifecycle = lifecycleOf([{ definition: definitionOf('kv'), installed, ...deployed }])
  const counted: string[] = []
  const traces = openTraces()
  const endorser = endorserOf({
    channels: { get: (name) => (name === 'mychannel' ? channel : undefined) },
    contracts: contractsOf({
      lifecycle,
      system: new Map(['cscc', '_lifecycle'].map((name) => [name, told])),
      runtime: { contract: () => told },
    }),
    access: everybodyMay,
    lifecycle,
    signer,
    localMsp: organization.membership,
    filters: { expiry: true, time: true, timeWindowMs: 900_000 },
    traces,
    metrics: { add: (name) => void counted.push(name) },
    log: { info: () => {} },
    ...more,
  })
  const propose = (args: readonly string[], fields: Partial<ProposalFields> = {}, member = client) =>
    endorser.process(signedProposal(member, { channel: 'mychannel', contract: 'kv', args, ...fields }), forever)
  return { channel, endorser, counted, traces, propose, [Symbol.dispose]: () => channel[Symbol.dispose]() }
}

test('an endorsement holds the proposal’s hash, what the contract did, and a signature over both and the endorser', async () => {
  using it = world()
  const signed = signedProposal(client, {
    channel: 'mychannel',
    contract: 'kv',
    args: ['do', 'v'],
    transient: { t: '1' },
  })
  const response = await it.endorser.process(signed, forever)
  assert.equal(response.getVersion(), 1)
  assert.equal(response.getResponse()?.getStatus(), 200)
  const payload = peer.ProposalResponsePayload.deserializeBinary(response.getPayload_asU8())
  const action = peer.ChaincodeAction.deserializeBinary(payload.getExtension_asU8())
  assert.deepEqual(action.getChaincodeId()?.toObject(), { path: '', name: 'kv', version: '1.0' })
  assert.equal(action.getResponse()?.getStatus(), 200)
  const event = peer.ChaincodeEvent.deserializeBinary(action.getEvents_asU8())
  assert.deepEqual([event.getChaincodeId(), event.getEventName(), event.getTxId().length], ['kv', 'made', 64])
  assert.ok(Buffer.from(action.getResults_asU8()).includes('written'))
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8())
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8())
  const lasting = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8())
  lasting.clearTransientmapMap()
  const hash = createHash('sha256')
  for (const part of [header.getChannelHeader_asU8(), header.getSignatureHeader_asU8(), lasting.serializeBinary()]) {
    hash.update(part)
  }
  assert.deepEqual(Buffer.from(payload.getProposalHash_asU8()), hash.digest())
  const endorsement = response.getEndorsement()
  const signedBytes = Buffer.concat([response.getPayload_asU8(), signer.serialized])
  const endorserIdentity = readIdentity(endorsement?.getEndorser_asU8() ?? new Uint8Array(), memberships)
  assert.ok(isSignedBy(endorserIdentity, signedBytes, endorsement?.getSignature_asU8() ?? new Uint8Array()))
  assert.deepEqual(
    response
      .getInterest()
      ?.toObject()
      .chaincodesList.map(({ name }) => name),
    ['kv'],
  )
  assert.deepEqual(it.counted, ['endorser_proposals_received', 'endorser_successful_proposals'])
  assert.equal(it.channel.simulating, 0)
})

test('the status decides: below 400 endorsed, below 500 only answered, from there on with what was done', async () => {
  using it = world()
  const shape = async (status: string) => {
    const response = await it.propose(['answer', status])
    return [response.hasEndorsement(), response.getPayload_asU8().length > 0, response.hasInterest()]
  }
  assert.deepEqual(await shape('200'), [true, true, true])
  assert.deepEqual(await shape('399'), [true, true, true])
  assert.deepEqual(await shape('400'), [false, false, false])
  assert.deepEqual(await shape('499'), [false, false, false])
  assert.deepEqual(await shape('500'), [false, true, true])
  const failed = await it.propose(['answer', '500'])
  const payload = peer.ProposalResponsePayload.deserializeBinary(failed.getPayload_asU8())
  const action = peer.ChaincodeAction.deserializeBinary(payload.getExtension_asU8())
  assert.equal(action.getEvents_asU8().length, 0)
})

test('what fails in running is answered with status 500 in Fabric’s words, and the simulator is closed', async () => {
  using it = world()
  const cases: [string[], Partial<ProposalFields>, string | RegExp][] = [
    [
      ['throw', 'error sending: it broke'],
      {},
      /^error in simulation: failed to execute transaction [0-9a-f]{64}: error sending: it broke$/,
    ],
    [['return failure', 'it said so'], {}, 'error in simulation: transaction returned with failure: it said so'],
    [['x'], { channel: 'nowhere' }, "channel 'nowhere' not found"],
    [
      ['x'],
      { contract: 'none' },
      'make sure the chaincode none has been successfully defined on channel mychannel and try again: chaincode none not found',
    ],
    [
      ['x'],
      { channel: '' },
      "make sure the chaincode kv has been successfully defined on channel  and try again: could not get channel config for channel ''",
    ],
    [
      ['x'],
      { isInit: true },
      /: invalid invocation: chaincode 'kv' does not require initialization but called as init$/,
    ],
  ]
  for (const [args, fields, words] of cases) {
    const response = await it.propose(args, fields)
    assert.equal(response.getResponse()?.getStatus(), 500)
    const message = response.getResponse()?.getMessage() ?? ''
    if (typeof words === 'string') assert.equal(message, words)
    else assert.match(message, words)
    assert.ok(!response.hasEndorsement() && response.getPayload_asU8().length === 0)
    assert.equal(it.channel.simulating, 0)
  }
  using unapproved = world({}, { isApproved: false })
  const words =
    "chaincode definition for 'kv' at sequence 1 on channel 'mychannel' has not yet been approved by this org"
  assert.ok((await unapproved.propose(['x'])).getResponse()?.getMessage().endsWith(`try again: ${words}`))
})

test('a proposal that is itself at fault is refused, with the sentences of a real peer', async () => {
  using it = world({
    access: {
      ...everybodyMay,
      checkChannel: (_channel, resource) => {
        throw new Error(`no ${resource}`)
      },
    },
  })
  const other = testOrganization('Org2MSP').member('client')
  const stranger = testOrganization('Org1MSP').member('client')
  const denied = 'error validating proposal: access denied: channel [mychannel] creator org'
  const cases: [Partial<ProposalFields>, string | RegExp, typeof client?][] = [
    [{ type: common.HeaderType.MESSAGE }, 'error validating proposal: invalid header type MESSAGE'],
    [{ epoch: 1 }, 'error validating proposal: epoch is non-zero'],
    [{ nonce: new Uint8Array() }, 'error validating proposal: nonce is empty'],
    [{ creator: new Uint8Array() }, 'error validating proposal: creator is empty'],
    [{ txId: 'mine' }, /^error validating proposal: incorrectly computed txid 'mine' -- expected '[0-9a-f]{64}'$/],
    [{ contract: '' }, 'ChaincodeHeaderExtension.ChaincodeId.Name is empty'],
    [{}, `${denied} unknown, creator is malformed`, other],
    [{}, `${denied} unknown, creator is malformed`, stranger],
    [{ creator: Buffer.from('rubbish') }, `${denied} unknown, creator is malformed`],
    [{ creator: organization.member('admin').serialized }, `${denied} [Org1MSP]`],
    [{}, 'proposal client identity expired', organization.member('client', { expired: true })],
    [
      { timestamp: new Date(Date.now() - 1_000_000) },
      /^request unauthorized due to incorrect timestamp \d{4}-.{14}Z, peer time .{20}, peer.authentication.timewindow 15m0s$/,
    ],
    [{}, 'no peer/Propose'],
  ]
  for (const [fields, message, member] of cases) {
    await assert.rejects(it.propose(['x'], fields, member), { name: 'Error', message })
  }
  const empty = new peer.SignedProposal()
  await assert.rejects(it.endorser.process(empty, forever), /incorrect timestamp 1970-01-01T00:00:00Z/)
  empty.setProposalBytes(Buffer.from('rubbish'))
  await assert.rejects(
    it.endorser.process(empty, forever),
    /^ProposalRefused|^Error: failed parsing proposal: error unmarshalling Proposal: proto: /,
  )
  assert.equal(it.channel.simulating, 0)
  assert.ok(it.counted.includes('endorser_proposal_validation_failures'))
  assert.ok(it.counted.includes('endorser_proposal_acl_failures'))
})

test('a transaction that is committed is not endorsed again', async () => {
  using it = world()
  const signed = signedProposal(client, { channel: 'mychannel', contract: 'kv', args: ['x'] })
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8())
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8())
  const txId = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()).getTxId()
  it.channel.state.apply({
    number: 0,
    hash: Buffer.from('h'),
    transactions: [{ txId, transaction: 0, code: 0 }],
    writes: [],
  })
  await assert.rejects(it.endorser.process(signed, forever), {
    message: `duplicate transaction found [${txId}]. Creator [${Buffer.from(client.serialized).toString('hex')}]`,
  })
  assert.deepEqual(it.counted.slice(1), ['endorser_duplicate_transaction_failures'])
})

test('questions to the lifecycle leave no trace; calls and approvals do', async () => {
  using it = world()
  for (const name of ['QueryChaincodeDefinitions', 'QueryApprovedChaincodeDefinition', 'CheckCommitReadiness']) {
    assert.ok((await it.propose([name, ''], { contract: '_lifecycle' })).hasEndorsement())
  }
  assert.deepEqual(it.traces.newest('mychannel', 10), [])
  await it.propose(['ApproveChaincodeDefinitionForMyOrg', ''], { contract: '_lifecycle' })
  await it.propose(['QueryAssets', ''])
  assert.equal(it.traces.newest('mychannel', 10).length, 2)
})

test('private writes are kept before anybody hears of the endorsement, unless they must be at other peers too', async () => {
  using it = world()
  const response = await it.propose(['private', 'secret value'])
  assert.ok(response.hasEndorsement())
  assert.ok(!Buffer.from(response.serializeBinary()).includes('secret value'))
  const action = peer.ProposalResponsePayload.deserializeBinary(response.getPayload_asU8())
  const event = peer.ChaincodeEvent.deserializeBinary(
    peer.ChaincodeAction.deserializeBinary(action.getExtension_asU8()).getEvents_asU8(),
  )
  const kept = it.channel.privateData.endorsed(event.getTxId())
  assert.equal(kept.length, 1)
  assert.ok(Buffer.from(kept[0] ?? []).includes('secret value'))
  assert.ok(!JSON.stringify(it.traces.read('mychannel', event.getTxId())).includes('secret value'))

  const secrets = new peer.StaticCollectionConfig()
  secrets.setName('secrets')
  secrets.setRequiredPeerCount(1)
  using strict = world({}, { definition: definitionOf('kv', { collections: [secrets] }) })
  const refused = await strict.propose(['private', 'v'])
  assert.match(
    refused.getResponse()?.getMessage() ?? '',
    /^error in simulation: failed to distribute private collection, txID [0-9a-f]{64}, channel mychannel: could not build private data dissemination plan for chaincode kv and collection secrets: required to disseminate to at least 1 peers, but know of only 0 eligible peers$/,
  )
})

test('a contract of the peer is answered without a channel, unsigned, and on one signed without results', async () => {
  using it = world({
    access: {
      ...everybodyMay,
      checkChannel: () => {
        throw new Error('asked')
      },
    },
  })
  const local = await it.propose(['x'], { channel: '', contract: 'cscc' })
  assert.deepEqual([local.getResponse()?.getStatus(), local.hasEndorsement(), local.getVersion()], [200, false, 0])
  const there = await it.propose(['x'], { contract: 'cscc' })
  assert.ok(there.hasEndorsement())
  const payload = peer.ProposalResponsePayload.deserializeBinary(there.getPayload_asU8())
  const action = peer.ChaincodeAction.deserializeBinary(payload.getExtension_asU8())
  assert.equal(action.getResults_asU8().length, 0)
  assert.equal(action.getChaincodeId()?.getVersion(), 'syscc')
})

test('the gRPC service ends refused calls with UNKNOWN, and a call whose client has gone is given up', async () => {
  const signals: AbortSignal[] = []
  const waiting: Contract = {
    invoke: ({ signal }) =>
      new Promise((_resolve, reject) => {
        signals.push(signal)
        signal.addEventListener('abort', () => reject(new Error('context canceled')))
      }),
  }
  using it = world({
    contracts: {
      isSystem: () => true,
      find: async () => ({ contract: waiting, isSystem: true, version: '1', initRequired: false, needsInit: false }),
    },
  })
  const server = new Server()
  server.addService(endorserDefinition, endorserService(it.endorser))
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  const endorser = new peer.EndorserClient(`127.0.0.1:${port}`, credentials.createInsecure())
  try {
    const refused = new Promise((_resolve, reject) => endorser.processProposal(new peer.SignedProposal(), reject))
    await assert.rejects(refused, (error: ServiceError) => {
      return error.code === status.UNKNOWN && error.details.startsWith('request unauthorized')
    })
    const signed = signedProposal(client, { channel: 'mychannel', contract: 'kv', args: ['x'] })
    const cancelled = new Promise((_resolve, reject) => {
      const call = endorser.processProposal(signed, reject)
      const cancelling = setInterval(() => {
        if (signals.length === 0) return
        clearInterval(cancelling)
        call.cancel()
      }, 5)
    })
    await assert.rejects(cancelled, (error: ServiceError) => error.code === status.CANCELLED)
    const end = performance.now() + 60_000
    while (it.channel.simulating > 0) {
      assert.ok(performance.now() < end, 'the simulator stayed open')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  } finally {
    endorser.close()
    server.forceShutdown()
  }
})
