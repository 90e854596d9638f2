import assert from 'node:assert/strict'
import { test } from 'node:test'

test('the codec exports what it promises and nothing else', async () => {
  assert.deepEqual(Object.keys(await import('./index.ts')).sort(), [
    'assertNoUnknownFields',
    'blockDataHash',
    'blockHeaderBytes',
    'blockHeaderHash',
    'canonicalBytes',
    'canonicalConfigGroup',
    'canonicalForm',
    'channelHeader',
    'classOf',
    'concatBytes',
    'decode',
    'decodeLossless',
    'equalBytes',
    'formatPolicy',
    'fromHex',
    'newNonce',
    'parsePolicy',
    'payloadBytes',
    'serializedIdentity',
    'sha256',
    'signatureHeader',
    'signedEnvelope',
    'soundMethod',
    'soundService',
    'timestamp',
    'toHex',
    'transactionId',
    'utf8',
    'varintValue',
    'wireFields',
    'wireType',
  ])
})
