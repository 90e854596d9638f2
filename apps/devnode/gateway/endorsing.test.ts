import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common, gateway, peer } from '@hyperledger/fabric-protos'
import { ProposalFiltered, ProposalRefused } from '../endorsement/endorser.ts'
import { testOrganization } from '../endorsement/testing/test-organization.ts'
import { signedBy, testConfig, testPeerChannel } from '../neighbours/testing/test-peers.ts'
import { freeAddress } from '../testing/free-port.ts'
import {
  endorsed,
  endorserServer,
  failed,
  neighbourAt,
  type Process,
  proposal,
  refusal,
  type TestGateway,
  testGateway,
} from './testing/test-gateway.ts'

const [one, two] = [testOrganization('Org1MSP'), testOrganization('Org2MSP')]
const channel = testPeerChannel(testConfig({ channel: 'orders', organizations: [one, two] }), 5)
const { GatewayService } = gateway

function validation(needed: number): Uint8Array {
  const policy = new peer.ApplicationPolicy()
  policy.setSignaturePolicy(signedBy(needed, ['Org1MSP', 'Org2MSP']))
  return policy.serializeBinary()
}

const definitions = new Map([['basic', { validationParameter: validation(2) }]])
const usual = { channel, organization: one, definitions }

function endorse({ call }: TestGateway, signed: peer.SignedProposal, mspIds: readonly string[] = []) {
  const request = new gateway.EndorseRequest()
  request.setProposedTransaction(signed)
  request.setEndorsingOrganizationsList([...mspIds])
  return call(GatewayService.endorse, request)
}

function evaluate({ call }: TestGateway, signed: peer.SignedProposal, mspIds: readonly string[] = []) {
  const request = new gateway.EvaluateRequest()
  request.setProposedTransaction(signed)
  request.setTargetOrganizationsList([...mspIds])
  return call(GatewayService.evaluate, request)
}

/** What a client would sign. */
function actionOf(response: gateway.EndorseResponse) {
  const bytes = response.getPreparedTransaction()?.getPayload_asU8() ?? new Uint8Array()
  const transaction = peer.Transaction.deserializeBinary(common.Payload.deserializeBinary(bytes).getData_asU8())
  const payload = transaction.getActionsList()[0]?.getPayload_asU8() ?? new Uint8Array()
  return peer.ChaincodeActionPayload.deserializeBinary(payload)
}

test('one peer tells what the policies ask for, and the others are asked for the rest', async () => {
  using other = await endorserServer(() => endorsed('two', 'done'))
  const others = [neighbourAt(two, other.address, ['basic'])]
  using running = await testGateway({ ...usual, others, process: () => endorsed('one', 'done') })
  const action = actionOf(await endorse(running, proposal('basic')))
  const endorsers = action.getAction()?.getEndorsementsList() ?? []
  assert.deepEqual(
    endorsers.map((one) => Buffer.from(one.getEndorser_asU8()).toString()),
    ['one', 'two'],
  )
  const sent = peer.ChaincodeProposalPayload.deserializeBinary(action.getChaincodeProposalPayload_asU8())
  assert.equal(sent.getTransientmapMap().getLength(), 0)
})

test('peers that come to other results do not make a transaction', async () => {
  using other = await endorserServer(() => endorsed('two', 'otherwise'))
  const others = [neighbourAt(two, other.address, ['basic'])]
  using running = await testGateway({ ...usual, others, process: () => endorsed('one', 'done') })
  assert.deepEqual(await refusal(endorse(running, proposal('basic'))), {
    code: 'ABORTED',
    message: 'failed to collect enough transaction endorsements, see attached details for more info',
    said: [{ address: other.address, mspId: 'Org2MSP', message: 'ProposalResponsePayloads do not match' }],
  })
})

test('another peer of the organization endorses where one is gone, or comes to other results', async () => {
  using wrong = await endorserServer(() => endorsed('wrong', 'otherwise'))
  using right = await endorserServer(() => endorsed('two', 'done'))
  const others = [
    neighbourAt(two, await freeAddress(), ['basic'], 9),
    neighbourAt(two, wrong.address, ['basic'], 8),
    neighbourAt(two, right.address, ['basic'], 7),
  ]
  using running = await testGateway({ ...usual, others, process: () => endorsed('one', 'done') })
  const endorsers = actionOf(await endorse(running, proposal('basic')))
    .getAction()
    ?.getEndorsementsList()
  assert.equal(endorsers?.length, 2)
})

test('what nodes said is told with their addresses', async () => {
  using other = await endorserServer(() => {
    throw new Error('broken')
  })
  const gone = await freeAddress()
  const others = [neighbourAt(two, other.address, ['basic'], 8), neighbourAt(two, gone, ['basic'], 7)]
  using running = await testGateway({ ...usual, others, process: () => endorsed('one', 'done') })
  const { said, code } = await refusal(endorse(running, proposal('basic')))
  assert.equal(code, 'ABORTED')
  assert.deepEqual(said[0], {
    address: other.address,
    mspId: 'Org2MSP',
    message: 'rpc error: code = Unknown desc = Error: broken',
  })
  assert.equal(said[1]?.address, gone)
  assert.match(said[1]?.message ?? '', /^rpc error: code = Unavailable desc = /)
})

test('a client may name the organizations, and the policy is its own affair', async () => {
  using other = await endorserServer(() => endorsed('two', 'done'))
  const others = [neighbourAt(two, other.address, ['basic'])]
  const process: Process = () => failed(500, 'not here')
  using running = await testGateway({ ...usual, others, process })
  const action = actionOf(await endorse(running, proposal('basic'), ['Org2MSP'])).getAction()
  assert.equal(action?.getEndorsementsList().length, 1)
  assert.deepEqual(await refusal(endorse(running, proposal('basic'), ['Org2MSP', 'Org9MSP', 'Org8MSP'])), {
    code: 'UNAVAILABLE',
    message: 'failed to find any endorsing peers for org(s): Org9MSP, Org8MSP',
    said: [],
  })
})

test('transient data reaches nobody who may not see the collections that are written', async () => {
  const call = new peer.ChaincodeCall()
  call.setName('secrets')
  call.setCollectionNamesList(['ours'])
  call.setNoPrivateReads(true)
  const interest = new peer.ChaincodeInterest()
  interest.addChaincodes(call)
  const collection = new peer.StaticCollectionConfig()
  collection.setName('ours')
  const members = new peer.CollectionPolicyConfig()
  members.setSignaturePolicy(signedBy(1, ['Org1MSP']))
  collection.setMemberOrgsPolicy(members)
  let asked = 0
  using other = await endorserServer(() => {
    asked++
    return endorsed('two', 'done')
  })
  using running = await testGateway({
    channel,
    organization: one,
    contracts: ['secrets'],
    definitions: new Map([['secrets', { validationParameter: validation(2), collections: [collection] }]]),
    others: [neighbourAt(two, other.address, ['secrets'])],
    process: () => endorsed('one', 'done', { interest }),
  })
  assert.deepEqual(await refusal(endorse(running, proposal('secrets', { price: '7' }))), {
    code: 'FAILED_PRECONDITION',
    message:
      'requires endorsement from organisation(s) that are not in the distribution policy of the private data collection(s): [ours]; retry specifying trusted endorsing organizations to protect transient data',
    said: [],
  })
  assert.equal(asked, 0)
  assert.ok(await endorse(running, proposal('secrets')), 'without transient data both are asked')
  assert.equal(asked, 1)
})

test('the own organization evaluates first, and others where that fails', async () => {
  using other = await endorserServer(() => endorsed('two', 'theirs'))
  const others = [neighbourAt(two, other.address, ['basic'], 99)]
  let process: Process = () => endorsed('one', 'ours')
  using running = await testGateway({ ...usual, others, process: (signed) => process(signed) })
  const result = async () =>
    Buffer.from((await evaluate(running, proposal('basic'))).getResult()?.getPayload_asU8() ?? []).toString()
  assert.equal(await result(), 'ours')
  process = () => failed(500, 'cannot run it')
  assert.equal(await result(), 'theirs')
  process = () => {
    throw new ProposalFiltered('proposal client identity expired')
  }
  assert.equal(await result(), 'theirs')
  assert.deepEqual(await refusal(evaluate(running, proposal('basic', { price: '7' }))), {
    code: 'UNAVAILABLE',
    message: 'failed to evaluate transaction, see attached details for more info',
    said: [{ address: 'here:7051', mspId: 'Org1MSP', message: 'proposal client identity expired' }],
  })
})

test('what a contract itself refuses, and a proposal at fault, are not tried elsewhere', async () => {
  using other = await endorserServer(() => endorsed('two', 'theirs'))
  const others = [neighbourAt(two, other.address, ['basic'])]
  let process: Process = () => failed(500, 'no such asset', 'payload')
  using running = await testGateway({ ...usual, others, process: (signed) => process(signed) })
  assert.deepEqual(await refusal(evaluate(running, proposal('basic'))), {
    code: 'UNKNOWN',
    message: 'evaluate call to endorser returned error: chaincode response 500, no such asset',
    said: [{ address: 'here:7051', mspId: 'Org1MSP', message: 'chaincode response 500, no such asset' }],
  })
  process = () => {
    throw new ProposalRefused('access denied')
  }
  const { code, message } = await refusal(evaluate(running, proposal('basic')))
  assert.deepEqual([code, message], ['FAILED_PRECONDITION', 'evaluate call to endorser returned error: access denied'])
})

test('a peer that does not answer in time is one that cannot be reached', async () => {
  const process: Process = () => new Promise(() => undefined)
  using running = await testGateway({ ...usual, process, endorsementTimeoutMs: 100 })
  assert.equal((await refusal(evaluate(running, proposal('basic')))).code, 'UNAVAILABLE')
  assert.equal((await refusal(endorse(running, proposal('basic')))).code, 'ABORTED')
})
