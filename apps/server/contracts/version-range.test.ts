import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admits } from './version-range.ts'

const admitted = [
  '2.5.8',
  '=2.5.8',
  'v2.5.8',
  '^2.5.4',
  '^2',
  '~2.5',
  '~2.5.1',
  '2',
  '2.x',
  '2.5',
  '2.5.*',
  '*',
  '',
  'latest',
]
const more = ['>=2.2.0', '>=2.2 <3', '> 2.5.7', '<=2.5.8', '<=2', '2.4.0 - 2.6.0', '1.0.0 || ^2.5.0', '>=2.0.0 <=2.5']
const refused = [
  '2.5.7',
  '^2.5.9',
  '^1.4',
  '~2.4',
  '3',
  '2.4.x',
  '>2.5.8',
  '<2.5.8',
  '>=3',
  '2.0.0 - 2.5.7',
  '>2',
  '<2.5',
]
const foreign = [
  'next',
  'file:../x',
  'git+ssh://x/y',
  'github:a/b',
  'https://x/y.tgz',
  'workspace:*',
  '2.5.8-beta',
  '^2.5.8 evil',
]

for (const range of [...admitted, ...more]) {
  test(`the range "${range}" admits 2.5.8`, () => assert.ok(admits(range, '2.5.8')))
}

for (const range of [...refused, ...foreign]) {
  test(`the range "${range}" does not admit 2.5.8`, () => assert.ok(!admits(range, '2.5.8')))
}

test('a caret below 1.0.0 allows only what npm allows', () => {
  assert.ok(admits('^0.2.3', '0.2.9'))
  assert.ok(!admits('^0.2.3', '0.3.0'))
  assert.ok(!admits('^0.0.3', '0.0.4'))
})

test('nothing admits a version that is not there', () => assert.ok(!admits('*', '')))
