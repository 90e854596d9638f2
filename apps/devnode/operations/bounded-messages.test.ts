import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discovery } from '@hyperledger/fabric-protos'
import { boundMessages } from './bounded-messages.ts'

test('a message that claims to be longer than all that came is refused at once', () => {
  boundMessages()
  // Found by fuzzing: field 1, a message of more than a gigabyte.
  const bytes = Buffer.from('0ac5cb8ffa1c2209', 'hex')
  const began = performance.now()
  assert.throws(() => discovery.Request.deserializeBinary(bytes), /unexpected EOF/)
  assert.ok(performance.now() - began < 1_000)
  const good = new discovery.Request()
  good.setAuthentication(new discovery.AuthInfo())
  good.addQueries(new discovery.Query())
  assert.equal(discovery.Request.deserializeBinary(good.serializeBinary()).getQueriesList().length, 1)
})
