import assert from 'node:assert/strict'
import { test } from 'node:test'

const folders = ['identity', 'config', 'ordering', 'peers', 'lifecycle', 'gateway', 'blocks'] as const

test('the package exports what its folders export, and the ground they stand on', async () => {
  const whole = Object.keys(await import('@cello/fabric'))
  const parts = await Promise.all(folders.map(async (name) => Object.keys(await import(`./${name}/index.ts`))))
  const ground = [
    'FabricError',
    'createConnectionPool',
    'foreignTexts',
    'isTransient',
    'lastConfigIndex',
    'meaningOf',
    'openConnection',
    'pollUntil',
    'validationCodeName',
    'waitUntilConnected',
  ]
  assert.deepEqual(whole.sort(), [...ground, ...parts.flat()].sort())
})

test('what runs a network by this library is all there', async () => {
  const fabric = await import('@cello/fabric')
  assert.deepEqual(Object.keys(await import('@cello/fabric/ordering')).sort(), [
    'bftQuorum',
    'blockFromOrderer',
    'broadcast',
    'configBlockFromOrderer',
    'consensusOf',
    'deliverFromOrderer',
    'openParticipation',
    'openRest',
    'parseMetrics',
    'readMetrics',
    'submitToOrderers',
  ])
  for (const name of [
    'joinPeer',
    'packageContract',
    'openGateway',
    'resume',
    'describeBlock',
    'genesisBlock',
  ] as const) {
    assert.equal(typeof fabric[name], 'function', name)
  }
})
