import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalBytes } from '../codec/index.ts'
import { readVectorText, vectorConfig, vectorSpecs } from '../testing/config-vectors.ts'
import { sampleUpdates } from '../testing/sample-updates.ts'
import { computeUpdate } from './compute-update.ts'
import { copyConfig } from './config-group.ts'
import { decodeJson, formatJson } from './json/index.ts'

const recorded: Record<string, string> = JSON.parse(readVectorText('updates.json'))
const specs = vectorSpecs()

for (const [name, { from, edit }] of Object.entries(sampleUpdates)) {
  test(`the update for ${name} is the one that configtxlator computes`, () => {
    const original = vectorConfig(from)
    const before = original.serializeBinary()
    const update = computeUpdate(specs[from].channelId, original, edit(original, specs))
    const theirs = new Uint8Array(Buffer.from(recorded[name] ?? '', 'base64'))
    assert.equal(readable(canonicalBytes(update)), readable(theirs))
    assert.deepEqual(canonicalBytes(update), theirs)
    assert.deepEqual(original.serializeBinary(), before, 'an edit leaves what it was given')
  })
}

test('every recorded update is checked', () => {
  assert.deepEqual(Object.keys(recorded).sort(), Object.keys(sampleUpdates).sort())
})

test('two equal configs have no update between them', () => {
  const config = vectorConfig('raft')
  assert.throws(() => computeUpdate('c', config, copyConfig(config)), { code: 'INVALID', message: /do not differ/ })
})

function readable(update: Uint8Array): string {
  return formatJson(decodeJson('common.ConfigUpdate', update))
}
