import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import { concatBytes, utf8 } from './bytes.ts'
import { canonicalBytes, canonicalConfigGroup, canonicalForm } from './canonical.ts'

/** A `Capabilities` whose entries are in the given order, as Go may write it. */
function capabilitiesInOrder(...names: readonly string[]): Uint8Array {
  return concatBytes(
    ...names.map((name) => {
      const entry = concatBytes(Uint8Array.of(0x0a, name.length), utf8(name), Uint8Array.of(0x12, 0))
      return concatBytes(Uint8Array.of(0x0a, entry.length), entry)
    }),
  )
}

test('two orders of one map have one canonical form', () => {
  const sorted = capabilitiesInOrder('V1_4', 'V2_0', 'V3_0')
  for (const names of [
    ['V3_0', 'V2_0', 'V1_4'],
    ['V2_0', 'V3_0', 'V1_4'],
  ]) {
    assert.deepEqual(canonicalForm(capabilitiesInOrder(...names), common.Capabilities), sorted)
  }
})

test('a config group becomes canonical inside its values, at every depth, in a copy', () => {
  const value = new common.ConfigValue()
  value.setValue(capabilitiesInOrder('V3_0', 'V2_0'))
  const child = new common.ConfigGroup()
  child.getValuesMap().set('Capabilities', value)
  const group = new common.ConfigGroup()
  group.getGroupsMap().set('Orderer', child)
  const before = group.serializeBinary()
  const canonical = canonicalConfigGroup(group).getGroupsMap().get('Orderer')?.getValuesMap().get('Capabilities')
  assert.deepEqual(canonical?.getValue_asU8(), capabilitiesInOrder('V2_0', 'V3_0'))
  assert.deepEqual(canonicalBytes(group), before)
})

test('what this version does not know has no canonical form', () => {
  const unknown = concatBytes(capabilitiesInOrder('V2_0'), Uint8Array.of(0x9a, 0x06, 1, 0x78))
  assert.throws(() => canonicalForm(unknown, common.Capabilities), { code: 'UNKNOWN_FIELDS' })
})
