import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { common, discovery, gateway, orderer, peer } from '@hyperledger/fabric-protos'
import { describeBlock } from './blocks/index.ts'
import { fromHex, utf8 } from './codec/bytes.ts'
import { configFromBlock } from './config/index.ts'
import { type Connection, openConnection } from './connection.ts'
import { openGateway } from './gateway/index.ts'
import { committedDefinitions, installedPackages } from './lifecycle/index.ts'
import { configBlockFromOrderer } from './ordering/index.ts'
import { chainInfo, discoverPeers, peerChannels } from './peers/index.ts'
import { localSigner, startLocalNode } from './testing/local-node.ts'

const signer = localSigner()

/** Field 1, a message or text of 1 GiB in ten bytes: google-protobuf would read so many zeros. */
const bomb = fromHex('0a8080808004220961')
/** Field 1, a text that is not UTF-8: Go refuses it, google-protobuf does not. */
const illFormed = fromHex('0a02c328')

/** A node whose answers are these bytes, whatever it is asked. */
function startHostile(answer: Uint8Array) {
  const raw = { responseSerialize: () => Buffer.from(answer) }
  const unary = (_call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>) => done(null, {})
  const stream = (call: ServerDuplexStream<unknown, unknown>) => {
    call.on('error', () => undefined)
    call.write({})
  }
  return startLocalNode((server) => {
    const { processProposal } = peer.EndorserService
    server.addService({ processProposal: { ...processProposal, ...raw } }, { processProposal: unary })
    const { discover } = discovery.DiscoveryService
    server.addService({ discover: { ...discover, ...raw } }, { discover: unary })
    const { endorse } = gateway.GatewayService
    server.addService({ endorse: { ...endorse, ...raw } }, { endorse: unary })
    const { deliver } = orderer.AtomicBroadcastService
    server.addService({ deliver: { ...deliver, ...raw } }, { deliver: stream })
  })
}

/** What a system contract's answer is wrapped in. */
function answerOf(payload: Uint8Array): Uint8Array {
  const response = new peer.Response()
  response.setStatus(200)
  response.setPayload(payload)
  const answer = new peer.ProposalResponse()
  answer.setResponse(response)
  return answer.serializeBinary()
}

function blockAnswer(block: common.Block): Uint8Array {
  const answer = new orderer.DeliverResponse()
  answer.setBlock(block)
  return answer.serializeBinary()
}

function blockOf(envelope: Uint8Array, signatures: Uint8Array): common.Block {
  const block = new common.Block()
  const header = new common.BlockHeader()
  header.setNumber(5)
  block.setHeader(header)
  const data = new common.BlockData()
  data.addData(envelope)
  block.setData(data)
  const metadata = new common.BlockMetadata()
  metadata.addMetadata(signatures)
  block.setMetadata(metadata)
  return block
}

async function refuses(answer: Uint8Array, ask: (connection: Connection) => Promise<unknown>, about: string) {
  await using node = await startHostile(answer)
  await using connection = openConnection(node.endpoint)
  await assert.rejects(ask(connection), { code: 'PROTOCOL', message: /node the local node.*another node/ }, about)
}

const asking: Readonly<Record<string, (connection: Connection) => Promise<unknown>>> = {
  chainInfo: (connection) => chainInfo(connection, signer, 'alpha'),
  peerChannels: (connection) => peerChannels(connection, signer),
  installedPackages: (connection) => installedPackages(connection, signer),
  committedDefinitions: (connection) => committedDefinitions(connection, signer, 'alpha'),
}

for (const [name, ask] of Object.entries(asking)) {
  test(`${name}: an answer of a message of 1 GiB in ten bytes is an error that names the node and the next step`, async () => {
    await refuses(fromHex('228080808004080122'), ask, 'in the response itself')
    if (name !== 'chainInfo') await refuses(answerOf(bomb), ask, 'in the contract’s answer')
    else await refuses(answerOf(fromHex('128080808004080122')), ask, 'in the contract’s answer')
  })
}

test('a text that is not UTF-8 in an answer is that error too', async () => {
  const channel = Buffer.concat([fromHex('0a04'), illFormed])
  await refuses(answerOf(channel), (connection) => peerChannels(connection, signer), 'a channel’s name')
})

test('what discovery answers is read as carefully, bytes inside of it too', async () => {
  const ask = (connection: Connection) => discoverPeers(connection, signer, 'alpha')
  await refuses(bomb, ask, 'in the response itself')
  for (const identity of [bomb, illFormed]) {
    const found = new discovery.Peer()
    found.setIdentity(identity)
    const peers = new discovery.Peers()
    peers.addPeers(found)
    const members = new discovery.PeerMembershipResult()
    members.getPeersByOrgMap().set('Org1MSP', peers)
    const result = new discovery.QueryResult()
    result.setMembers(members)
    const response = new discovery.Response()
    response.addResults(result)
    await refuses(response.serializeBinary(), ask, 'in an identity')
  }
})

test('a block that an orderer sends is read as carefully, its metadata too', async () => {
  const ask = (connection: Connection) => configBlockFromOrderer(connection, signer, 'alpha')
  await refuses(fromHex('1280808080040a00'), ask, 'in the block')
  await refuses(blockAnswer(blockOf(new Uint8Array(), fromHex('0a060a8080808004'))), ask, 'in the metadata')
})

test('what the Gateway’s own library decodes is bound too', async () => {
  const gate = (connection: Connection) =>
    openGateway(connection, signer).endorse({ channel: 'alpha', contract: 'kv', name: 'put' })
  await refuses(bomb, gate, 'in the response itself')
  for (const payload of [bomb, illFormed]) {
    const envelope = new common.Envelope()
    envelope.setPayload(payload)
    const answer = new gateway.EndorseResponse()
    answer.setPreparedTransaction(envelope)
    await refuses(answer.serializeBinary(), gate, 'in the transaction')
  }
})

test('a block with such an envelope is described, and is no config block', () => {
  const block = blockOf(bomb, new Uint8Array())
  assert.deepEqual(
    describeBlock(block).transactions.map((one) => [one.kind, 'problem' in one ? one.problem : '']),
    [['other', 'Not a protobuf message: a field runs past the end']],
  )
  assert.throws(() => configFromBlock(block), { code: 'PROTOCOL' })
})

test('a creator whose MSP id is not UTF-8 does not hide the transaction', () => {
  const payload = new common.Payload()
  const header = new common.Header()
  const channel = new common.ChannelHeader()
  channel.setTxId('ab')
  header.setChannelHeader(channel.serializeBinary())
  const signature = new common.SignatureHeader()
  signature.setCreator(illFormed)
  signature.setNonce(utf8('n'))
  header.setSignatureHeader(signature.serializeBinary())
  payload.setHeader(header)
  const envelope = new common.Envelope()
  envelope.setPayload(payload.serializeBinary())
  const [one] = describeBlock(blockOf(envelope.serializeBinary(), new Uint8Array())).transactions
  assert.equal(one?.kind, 'other')
})
