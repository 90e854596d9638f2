import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peer } from '@hyperledger/fabric-protos'
import { decode } from './decode.ts'

const event = (hex: string): peer.ChaincodeEvent => decode(peer.ChaincodeEvent, Buffer.from(hex, 'hex'))

test('a message reads as it was written', () => {
  const made = new peer.ChaincodeEvent()
  made.setChaincodeId('kv')
  made.setEventName('é')
  made.setPayload(Uint8Array.of(255, 0))
  assert.deepEqual(decode(peer.ChaincodeEvent, made.serializeBinary()).toObject(), made.toObject())
})

test('a text that is not UTF-8 makes a message unreadable', () => {
  assert.throws(() => event('0a02c328'))
})

test('the end of a group that has not begun, and a field without a number, make a message unreadable', () => {
  assert.throws(() => event('0a026b7664'))
  assert.throws(() => event('0a026b760165'))
})

test('unknown fields are passed over', () => {
  assert.equal(event('0a026b76f80105').getChaincodeId(), 'kv')
})
