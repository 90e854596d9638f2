import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type common, msp } from '@hyperledger/fabric-protos'
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

test('a policy that no text can say is refused, and never written as something else', () => {
  const { ORGANIZATION_UNIT } = msp.MSPPrincipal.Classification
  const odd: readonly [what: string, spoil: (envelope: common.SignaturePolicyEnvelope) => void][] = [
    ['a principal that is a unit', (it) => it.getIdentitiesList()[0]?.setPrincipalClassification(ORGANIZATION_UNIT)],
    ['a principal that is not listed', (it) => it.setIdentitiesList([])],
    ['an MSP id with a space', (it) => it.getIdentitiesList()[0]?.setPrincipal(roleOf('Org 1', 0))],
    ['a role of later', (it) => it.getIdentitiesList()[0]?.setPrincipal(roleOf('Org1MSP', 9))],
    ['a gate without parts', (it) => it.getRule()?.getNOutOf()?.setRulesList([])],
    ['a gate that asks for too many', (it) => it.getRule()?.getNOutOf()?.setN(4)],
    ['a gate that asks for fewer than none', (it) => it.getRule()?.getNOutOf()?.setN(-1)],
    ['no rule', (it) => it.clearRule()],
  ]
  for (const [what, spoil] of odd) {
    const envelope = parsePolicy("AND('Org1MSP.peer', 'Org2MSP.peer')")
    spoil(envelope)
    assert.throws(() => formatPolicy(envelope), { code: 'INVALID' }, what)
  }
})

function roleOf(mspId: string, role: number): Uint8Array {
  const name = Buffer.from(mspId)
  return Uint8Array.from([0x0a, name.length, ...name, 0x10, role])
}
