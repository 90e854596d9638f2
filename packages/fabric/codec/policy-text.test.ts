import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatPolicy, parsePolicy } from './policy-text.ts'

test('AND, OR and OutOf become the encoding that Fabric makes of them', () => {
  const envelope = parsePolicy("OutOf(1, 'Org1MSP.member', AND('Org2MSP.peer', 'Org3MSP.admin'))")
  // Recorded in test/vectors/config too; here to show that inner principals are numbered first.
  assert.deepEqual(
    envelope.getIdentitiesList().map((each) => Buffer.from(each.getPrincipal_asU8()).toString('latin1').slice(2, 9)),
    ['Org2MSP', 'Org3MSP', 'Org1MSP'],
  )
})

test('a text comes back from its policy', () => {
  for (const text of [
    "OR('Org1MSP.peer')",
    "AND('Org1MSP.peer', 'Org2MSP.peer')",
    "OutOf(2, 'A.member', 'B.admin', 'C.client', OR('D.orderer', 'E-x.y.peer'))",
  ]) {
    const again = formatPolicy(parsePolicy(text))
    assert.equal(formatPolicy(parsePolicy(again)), again)
    assert.deepEqual(parsePolicy(again).serializeBinary(), parsePolicy(text).serializeBinary(), text)
  }
})

test('a text that Fabric would refuse is refused with the place', () => {
  for (const [text, message] of [
    ['Org1MSP.peer', /cannot be read at character 8/],
    ['Org1MSP', /no gate/],
    ["AND('Org1MSP.boss')", /not of the form/],
    ["AND('Org1_MSP.peer')", /not of the form/],
    ["OutOf(4, 'A.peer', 'B.peer')", /asks for 4 of 2/],
    ["AND('A.peer'", /lacks '\)' at character 13/],
    ['AND()', /lacks a word/],
    ["AND('A.peer') x", /more than one policy/],
    ["aNd('A.peer')", /is no gate/],
    ['', /lacks a word/],
    [`${'OR('.repeat(100)}'A.peer'${')'.repeat(100)}`, /too deeply/],
  ] as const) {
    assert.throws(() => parsePolicy(text), { code: 'INVALID', message }, text)
  }
})
