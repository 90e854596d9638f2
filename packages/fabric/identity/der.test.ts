import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  objectIdentifier,
  readChildren,
  readElement,
  readObjectIdentifier,
  readText,
  readTime,
  sequence,
  setOf,
  textValue,
  timeValue,
  unsignedInteger,
} from './der.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Buffer => Buffer.from(text, 'hex')

test('integers are shortest and never negative', () => {
  assert.equal(hex(unsignedInteger(bytes('0000'))), '020100')
  assert.equal(hex(unsignedInteger(bytes('00007f'))), '02017f')
  assert.equal(hex(unsignedInteger(bytes('80'))), '02020080')
})

test('lengths from 128 take the long form', () => {
  for (const size of [0, 127, 128, 255, 256, 70_000]) {
    const encoded = sequence(Buffer.alloc(size))
    assert.equal(readElement(encoded).content.length, size, String(size))
  }
  assert.equal(hex(sequence(Buffer.alloc(200)).subarray(0, 3)), '3081c8')
})

test('object identifiers survive, large arcs and 2.x included', () => {
  for (const oid of ['1.2.840.10045.4.3.2', '2.5.29.14', '1.2.3.4.5.6.7.8.1', '2.16.840.1.101.3.4.2.1']) {
    assert.equal(readObjectIdentifier(readElement(objectIdentifier(oid))), oid)
  }
})

test('a time is UTCTime before 2050 and GeneralizedTime from then on', () => {
  const last = Date.UTC(2049, 11, 31, 23, 59, 59)
  const next = Date.UTC(2050, 0, 1)
  assert.equal(Buffer.from(timeValue(last).subarray(2)).toString(), '491231235959Z')
  assert.equal(Buffer.from(timeValue(next).subarray(2)).toString(), '20500101000000Z')
  for (const time of [last, next, Date.UTC(1970, 0, 1)]) assert.equal(readTime(readElement(timeValue(time))), time)
})

test('a time that certificates cannot hold is refused', () => {
  for (const time of [Number.NaN, Number.POSITIVE_INFINITY, Date.UTC(1949, 11, 31), Date.UTC(10_000, 0), 1e300]) {
    assert.throws(() => timeValue(time), { code: 'INVALID' }, String(time))
  }
  assert.equal(readTime(readElement(timeValue(Date.UTC(1950, 0)))), Date.UTC(1950, 0))
})

test('sets are sorted by their bytes, texts are printable where they can be', () => {
  assert.equal(hex(setOf(textValue('peer'), textValue('b'))), hex(setOf(textValue('b'), textValue('peer'))))
  assert.equal(textValue('peer0.org1 (x)')[0], 0x13)
  assert.equal(textValue('Admin@org1')[0], 0x0c)
})

test('texts are read from every type that Go reads in names', () => {
  for (const [text, encoded] of [
    ['Ö1', '0c03c39631'],
    ['Ö1', '1402d631'],
    ['Ö1', '1e0400d60031'],
    ['12 3', '120431322033'],
    ['a', '130161'],
    ['a', '160161'],
  ] as const) {
    assert.equal(readText(readElement(bytes(encoded))), text, encoded)
  }
})

test('what is not DER is refused: cut off, too long, indefinite, not shortest, followed by more', () => {
  const bad = [
    '',
    '30',
    '3003',
    '300301',
    '3080',
    '308100',
    '30820001',
    '3084ffffffff',
    '300001',
    '1f0100',
    '3005020300',
  ]
  for (const text of bad) {
    assert.throws(() => readChildren(readElement(bytes(text)).content), { name: 'FabricError', code: 'INVALID' }, text)
  }
})
