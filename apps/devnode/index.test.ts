import assert from 'node:assert/strict'
import { test } from 'node:test'

test('the devnode can be embedded by these names', async () => {
  assert.deepEqual(Object.keys(await import('@cello/devnode')).sort(), [
    'Log',
    'memoryLedgers',
    'ordererKeys',
    'peerKeys',
    'readOrdererSettings',
    'readPeerSettings',
    'startOrderer',
    'startPeer',
  ])
  assert.deepEqual(Object.keys(await import('@cello/devnode/bundle')), ['bundleDevnode'])
})
