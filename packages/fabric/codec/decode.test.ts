import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common, discovery, peer } from '@hyperledger/fabric-protos'
import { concatBytes, fromHex, utf8 } from './bytes.ts'
import { decode } from './decode.ts'
import type { MessageClass } from './message-shape.ts'

const event = (hex: string): peer.ChaincodeEvent => decode(peer.ChaincodeEvent, fromHex(hex))

const refused = (type: MessageClass, hex: string, message?: RegExp) =>
  assert.throws(() => decode(type, fromHex(hex)), { code: 'PROTOCOL', ...(message ? { message } : {}) }, hex)

test('a message reads as it was written', () => {
  const made = new peer.ChaincodeEvent()
  made.setChaincodeId('kv')
  made.setEventName('é')
  made.setPayload(Uint8Array.of(255, 0))
  assert.deepEqual(decode(peer.ChaincodeEvent, made.serializeBinary()).toObject(), made.toObject())
  const request = new discovery.Request()
  request.setAuthentication(new discovery.AuthInfo())
  request.addQueries(new discovery.Query())
  request.addQueries(new discovery.Query())
  assert.deepEqual(decode(discovery.Request, request.serializeBinary()).toObject(), request.toObject())
})

test('a message or a text that claims to be longer than all that came is refused, not read for minutes', () => {
  const gibibyte = '8080808004'
  refused(discovery.Request, `0a${gibibyte}2209`, /past the end/) // a message
  refused(peer.ChaincodeEvent, `0a${gibibyte}6b76`, /past the end/) // a text
  refused(common.Config, `120612${gibibyte}`, /past the end/) // the entry of a map in a message
  refused(common.Block, `08${gibibyte}12${gibibyte}00`, /past the end/) // bytes
})

test('libraries that decode by themselves do not read for minutes either', () => {
  const ownDecoder = (type: MessageClass, hex: string) => () => type.deserializeBinary(fromHex(hex))
  assert.throws(ownDecoder(discovery.Request, '0ac5cb8ffa1c2209'), /unexpected EOF/)
  assert.throws(ownDecoder(peer.ChaincodeEvent, '0a80808080046b76'), /unexpected EOF/)
})

test('a text that is not UTF-8 makes a message unreadable, also in the key of a map', () => {
  refused(peer.ChaincodeEvent, '0a02c328', /UTF-8/)
  refused(common.Config, '1206120412020aff')
  refused(peer.ACLs, '0a030a01ff', /UTF-8/)
})

test('the end of a group that has not begun, and a field without a number, make a message unreadable', () => {
  refused(peer.ChaincodeEvent, '0a026b7664')
  refused(peer.ChaincodeEvent, '0a026b760165')
  refused(peer.ChaincodeEvent, '0a026b760000')
})

test('a number that is cut off, has too many bits, or is a tag of too many makes a message unreadable', () => {
  refused(common.ChannelHeader, '08')
  refused(common.ChannelHeader, '08ffff')
  refused(common.ChannelHeader, '08ffffffffffffffffff02')
  refused(common.ChannelHeader, '88808080808080808001')
  assert.equal(decode(common.ChannelHeader, fromHex('08ffffffffffffffffff01')).getType(), -1)
})

test('unknown fields are passed over, groups too', () => {
  assert.equal(event('0a026b76f80105').getChaincodeId(), 'kv')
  assert.equal(event('0b0a0178130814140c0a026b76').getChaincodeId(), 'kv')
})

test('a known field of another wire type is passed over as an unknown one', () => {
  const header = new common.ChannelHeader()
  header.setType(3)
  header.setChannelId('alpha')
  header.setTxId('ab')
  // Number 1 is a varint, 3 a message, 5 a text.
  const odd = fromHex('0a01011d000000002807')
  const read = decode(common.ChannelHeader, concatBytes(odd, header.serializeBinary(), odd))
  assert.deepEqual(read.toObject(), header.toObject())
})

test('a known field of another wire type is passed over inside messages and map entries too', () => {
  const payload = decode(common.Payload, fromHex('0a06080512026162'))
  assert.deepEqual(payload.getHeader()?.getSignatureHeader_asU8(), utf8('ab'))
  const lists = decode(peer.ACLs, fromHex('0a0b08050a01411a0012020800'))
  assert.deepEqual(lists.getAclsMap().get('A')?.toObject(), { policyRef: '' })
})

test('a message that is there twice is the sum of both', () => {
  const payload = decode(common.Payload, fromHex('0a040a0261620a0412026364'))
  assert.deepEqual(payload.getHeader()?.getChannelHeader_asU8(), utf8('ab'))
  assert.deepEqual(payload.getHeader()?.getSignatureHeader_asU8(), utf8('cd'))
})

test('of messages that exclude each other the last stays, without what was before it', () => {
  const policy = decode(common.SignaturePolicy, fromHex('12020801080312020801'))
  assert.deepEqual(policy.getNOutOf()?.toObject(), { n: 1, rulesList: [] })
  const sum = decode(common.SignaturePolicy, fromHex('12041202080212020801'))
  assert.equal(sum.getNOutOf()?.getN(), 1)
  assert.equal(sum.getNOutOf()?.getRulesList().length, 1)
})

test('parts of a message that are broken each are not mended by their sum', () => {
  refused(common.Payload, '0a030a05610a0462636465')
})

test('a truth value of several bytes is one', () => {
  const input = decode(peer.ChaincodeInput, fromHex('1880010a0161'))
  assert.equal(input.getIsInit(), true)
  assert.deepEqual(input.getArgsList_asU8(), [utf8('a')])
  assert.equal(decode(peer.ChaincodeInput, fromHex('188000')).getIsInit(), false)
})

test('bytes that nest without end are refused before the stack is', () => {
  const deepest = nested(200)
  assert.equal(decode(common.SignaturePolicy, deepest).serializeBinary().length, deepest.length)
  for (const depth of [201, 300, 9_999, 10_000, 10_001, 100_000]) {
    const deeper = { code: 'PROTOCOL', message: /deeper than 200/ }
    assert.throws(() => decode(common.SignaturePolicy, nested(depth)), deeper, `${depth} levels`)
  }
})

/** A policy in which so many messages are one inside of the other: parts of rules, and rules of parts. */
function nested(depth: number): Uint8Array {
  const heads: Uint8Array[] = []
  for (let [level, size] = [0, 0]; level < depth; level++) {
    const head = concatBytes(Uint8Array.of(0x12), varint(size))
    heads.push(head)
    size += head.length
  }
  return concatBytes(...heads.reverse())
}

function varint(size: number): Uint8Array {
  return size < 0x80 ? Uint8Array.of(size) : concatBytes(Uint8Array.of((size & 0x7f) | 0x80), varint(size >> 7))
}
