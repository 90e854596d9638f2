import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common, msp } from '@hyperledger/fabric-protos'
import { fromHex, toHex, utf8 } from './bytes.ts'
import { channelHeader, serializedIdentity, signedEnvelope } from './envelope.ts'
import { newNonce, transactionId } from './transaction-id.ts'

const signer = {
  mspId: 'Org1MSP',
  certificate: 'PEM',
  sign: (message: Uint8Array) => Promise.resolve(message.slice(0, 4)),
}

test('a transaction id is the hexadecimal hash of nonce and creator', () => {
  assert.equal(
    transactionId(fromHex('00'.repeat(24)), utf8('creator')),
    '4bf15d756eab11263d7a8b78ba21e80c64bf8f3ed944ca59a1a08d8b027765e1',
  )
  assert.equal(newNonce().length, 24)
  assert.notEqual(toHex(newNonce()), toHex(newNonce()))
})

test('an envelope carries its header, its creator and a signature over its payload', async () => {
  const nonce = newNonce()
  const header = channelHeader({
    type: 2,
    channelId: 'c',
    timestamp: new Date(1_700_000_000_123),
    tlsCertHash: utf8('h'),
  })
  const envelope = await signedEnvelope({ header, data: utf8('data'), signer, nonce })
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8())
  const signature = common.SignatureHeader.deserializeBinary(payload.getHeader()?.getSignatureHeader_asU8() ?? utf8(''))
  assert.deepEqual(envelope.getSignature_asU8(), envelope.getPayload_asU8().slice(0, 4))
  assert.deepEqual(signature.getNonce_asU8(), nonce)
  assert.deepEqual(signature.getCreator_asU8(), serializedIdentity(signer))
  assert.equal(msp.SerializedIdentity.deserializeBinary(signature.getCreator_asU8()).getMspid(), 'Org1MSP')
  const channel = common.ChannelHeader.deserializeBinary(payload.getHeader()?.getChannelHeader_asU8() ?? utf8(''))
  assert.equal(channel.getTimestamp()?.toDate().getTime(), 1_700_000_000_123)
})
