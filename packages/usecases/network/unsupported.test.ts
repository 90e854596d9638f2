import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NetworkSpec } from '@cello/model'
import { refuseUnsupported } from './unsupported.ts'

const runtime = { kind: 'fabric', version: '3.1.5', programs: {} } as const

function withContractAt(address: string): NetworkSpec {
  return NetworkSpec.parse({
    name: 'demo',
    organizations: [{ name: 'Org1', orderers: [{ name: 'orderer0' }], peers: [{ name: 'peer0' }] }],
    channels: [{ name: 'main', contracts: [{ name: 'assets', address }] }],
  })
}

test('a contract that somebody else runs is called on this machine alone, since it is called without TLS', () => {
  for (const host of ['localhost', 'LOCALHOST', 'assets.localhost', '127.0.0.1', '127.8.9.10', '[::1]']) {
    refuseUnsupported(withContractAt(`${host}:9999`), runtime)
  }
  for (const host of ['10.0.0.5', 'example.com', 'localhost.example.com', '127.0.0.1.example.com', '[fe80::1]']) {
    assert.throws(() => refuseUnsupported(withContractAt(`${host}:9999`), runtime), {
      code: 'UNSUPPORTED',
      message: /^contract assets at .*:9999 is not supported: .*without TLS.* such as localhost:9999.*tunnel/,
    })
  }
})
