import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceAddress } from './deployment.ts'

test('the address of a service is a host and a port that there can be', () => {
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'a', 'basic-1.lab.example.com', 'x--y']) {
    for (const port of ['1', '80', '9999', '65535'])
      assert.ok(ServiceAddress.safeParse(`${host}:${port}`).success, host)
    for (const port of ['0', '00', '080', '65536', '99999', '655350', '-1', '', 'http']) {
      const { error } = ServiceAddress.safeParse(`${host}:${port}`)
      assert.match(error?.message ?? 'taken', /host:port, with a port from 1 to 65535/, `${host}:${port}`)
    }
  }
  for (const host of [
    '',
    'a..b',
    '-a',
    'a-',
    'a.-b',
    'a-.b',
    '.a',
    'a.',
    'a b',
    'a/b',
    '[]',
    '[::1',
    'http://a',
    'a:1',
  ]) {
    assert.ok(!ServiceAddress.safeParse(`${host}:80`).success, host)
  }
})
