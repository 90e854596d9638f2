import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import { blockDataHash, canonicalConfigGroup, toHex } from '../codec/index.ts'
import { vectorBlock, vectorNames, vectorSpec } from '../testing/config-vectors.ts'
import { configFromBlock } from './config-block.ts'
import { genesisBlock } from './genesis-block.ts'

/** The same block with the map entries of its config in canonical order, and the hash that follows from it. */
function canonicalBlock(block: common.Block): string {
  const envelope = common.Envelope.deserializeBinary(block.getData()?.getDataList_asU8()[0] ?? new Uint8Array())
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8())
  const content = common.ConfigEnvelope.deserializeBinary(payload.getData_asU8())
  const group = content.getConfig()?.getChannelGroup()
  assert.ok(group)
  content.getConfig()?.setChannelGroup(canonicalConfigGroup(group))
  payload.setData(content.serializeBinary())
  envelope.setPayload(payload.serializeBinary())
  const data = [envelope.serializeBinary()]
  const copy = common.Block.deserializeBinary(block.serializeBinary())
  copy.getData()?.setDataList(data)
  copy.getHeader()?.setDataHash(blockDataHash(data))
  return toHex(copy.serializeBinary())
}

/** What configtxgen chose by itself: time and nonce. */
function chosenIn(block: common.Block): { timestamp: Date; nonce: Uint8Array } {
  const envelope = common.Envelope.deserializeBinary(block.getData()?.getDataList_asU8()[0] ?? new Uint8Array())
  const header = common.Payload.deserializeBinary(envelope.getPayload_asU8()).getHeader()
  const channel = common.ChannelHeader.deserializeBinary(header?.getChannelHeader_asU8() ?? new Uint8Array())
  const signature = common.SignatureHeader.deserializeBinary(header?.getSignatureHeader_asU8() ?? new Uint8Array())
  const timestamp = channel.getTimestamp()?.toDate()
  assert.ok(timestamp)
  return { timestamp, nonce: signature.getNonce_asU8() }
}

for (const file of ['raft', 'bft', 'wide', 'raft-2.5.16']) {
  test(`the genesis block of ${file} is configtxgen's to the byte, but for the order of maps`, () => {
    const theirs = vectorBlock(`${file}.block`)
    const spec = vectorSpec(vectorNames.find((name) => file.startsWith(name)) ?? 'raft')
    const ours = genesisBlock(spec, chosenIn(theirs))
    assert.equal(toHex(ours.getHeader()?.getDataHash_asU8() ?? new Uint8Array()), toHex(blockDataHash(dataOf(ours))))
    assert.equal(canonicalBlock(ours), toHex(ours.serializeBinary()), 'ours is in canonical order already')
    assert.equal(toHex(ours.serializeBinary()), canonicalBlock(theirs))
  })
}

test('the hash of a block that configtxgen made is the one we compute', () => {
  for (const name of vectorNames) {
    const block = vectorBlock(`${name}.block`)
    assert.deepEqual(block.getHeader()?.getDataHash_asU8(), blockDataHash(dataOf(block)), name)
  }
})

test('two genesis blocks of one spec differ only by what chance chose', () => {
  const spec = vectorSpec('raft')
  const options = { timestamp: new Date(1_700_000_000_999), nonce: new Uint8Array(24) }
  assert.deepEqual(genesisBlock(spec, options).serializeBinary(), genesisBlock(spec, options).serializeBinary())
  assert.notDeepEqual(genesisBlock(spec).serializeBinary(), genesisBlock(spec).serializeBinary())
})

test('a config block gives its channel, its config and no last update when it is the first', () => {
  const { channelId, config, lastUpdate } = configFromBlock(vectorBlock('bft.block'))
  assert.equal(channelId, 'bft-channel')
  assert.equal(config.getSequence(), 0)
  assert.equal(lastUpdate, undefined)
})

test('a block without a config is refused as such', () => {
  assert.throws(() => configFromBlock(new common.Block()), { code: 'INVALID', message: /empty/ })
  const block = vectorBlock('raft.block')
  const payload = new common.Payload()
  const envelope = new common.Envelope()
  envelope.setPayload(payload.serializeBinary())
  block.getData()?.setDataList([envelope.serializeBinary()])
  assert.throws(() => configFromBlock(block), { code: 'INVALID', message: /no config block/ })
})

function dataOf(block: common.Block): Uint8Array[] {
  return block.getData()?.getDataList_asU8() ?? []
}
