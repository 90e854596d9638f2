import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common, ledger, msp, orderer, peer } from '@hyperledger/fabric-protos'
import type { MessageClass } from '../../codec/index.ts'
import { type FieldShape, fieldShape } from '../../codec/message-shape.ts'
import { fabricMessages } from './fabric-messages.ts'

/** The generated class of each message in the table. `common` in the wire names of MSP principals is an accident of old. */
const classes: Record<string, unknown> = {
  ...Object.fromEntries(Object.entries(common).map(([name, type]) => [`common.${name}`, type])),
  ...Object.fromEntries(Object.entries(orderer).map(([name, type]) => [`orderer.${name}`, type])),
  ...Object.fromEntries(Object.entries(peer).map(([name, type]) => [`protos.${name}`, type])),
  ...Object.fromEntries(Object.entries(msp).map(([name, type]) => [`msp.${name}`, type])),
  ...Object.fromEntries(Object.entries(orderer.etcdraft).map(([name, type]) => [`orderer.etcdraft.${name}`, type])),
  ...Object.fromEntries(Object.entries(orderer.smartbft).map(([name, type]) => [`orderer.smartbft.${name}`, type])),
  ...Object.fromEntries(Object.entries(ledger.rwset).map(([name, type]) => [`rwset.${name}`, type])),
  ...Object.fromEntries(Object.entries(ledger.rwset.kvrwset).map(([name, type]) => [`kvrwset.${name}`, type])),
  'common.SignaturePolicy.NOutOf': common.SignaturePolicy.NOutOf,
  'common.MSPPrincipal': msp.MSPPrincipal,
  'common.MSPRole': msp.MSPRole,
  'common.OrganizationUnit': msp.OrganizationUnit,
}

function isMessageClass(value: unknown): value is MessageClass {
  return typeof value === 'function' && 'deserializeBinaryFromReader' in value
}

for (const [name, fields] of Object.entries(fabricMessages)) {
  if (name === 'google.protobuf.Empty') continue
  test(`${name} has in the table the fields that its generated class has`, () => {
    const type = classes[name]
    assert.ok(isMessageClass(type), name)
    for (let number = 1; number < 40; number++) {
      const shape: FieldShape | undefined = fieldShape(type, number)
      const field = fields.find((each) => each.number === number)
      assert.equal(field === undefined, shape === undefined, `${name} field ${number}`)
      if (!field || !shape) continue
      assert.equal(field.label === 'map', shape.holds === 'map', field.name)
      const inner = classes[field.type]
      if (isMessageClass(inner)) assert.equal(shape.message, inner, field.name)
      if (/^(u?int|bool)/.test(field.type)) assert.ok(shape.wireTypes.includes(0), field.name)
      if (/^(string|bytes)$/.test(field.type)) assert.deepEqual(shape.wireTypes, [2], field.name)
    }
    // Names: the generated getters of the same words, `list_map` for a list or a map included.
    for (const { name: fieldName } of fields) {
      const words = fieldName.split('_').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
      const getter = new RegExp(`^get${words.join('')}(List|Map|\\$)?$`, 'i')
      assert.ok(
        Object.keys(type.prototype).some((each) => getter.test(each)),
        `${name}.${fieldName}`,
      )
    }
  })
}
