import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ordererKeys } from './orderer-keys.ts'
import { readOrdererSettings } from './orderer-settings.ts'

const read = (yaml: string, env: Readonly<Record<string, string>> = {}) =>
  readOrdererSettings({ folder: '/etc/node', yaml, env })

test('an empty file gives Fabric’s defaults', () => {
  const settings = read('')
  assert.deepEqual(settings.listen, { host: '127.0.0.1', port: 7050 })
  assert.equal(settings.mspFolder, '/etc/node/msp')
  assert.equal(settings.timeWindowMs, 900_000)
  assert.equal(settings.participation.maxBodyBytes, 2 ** 20)
  assert.equal(settings.servesMetrics, false)
})

test('variables win over the file, keys are found in any case, lists are read in both', () => {
  const yaml = 'general: { listenport: 1, TLS: { ClientRootCAs: [a, /b] } }\nFileLedger: { Location: x }'
  assert.deepEqual(read(yaml).tls.clientRoots, ['/etc/node/a', '/b'])
  const env = {
    ORDERER_GENERAL_LISTENPORT: '9',
    ORDERER_GENERAL_TLS_CLIENTROOTCAS: '[c, d]',
    ORDERER_FILELEDGER_LOCATION: '',
  }
  const settings = read(yaml, env)
  assert.deepEqual(settings.listen.port, 9)
  assert.deepEqual(settings.tls.clientRoots, ['/etc/node/c', '/etc/node/d'])
  assert.equal(settings.ledgerFolder, 'x', 'an empty variable does not count')
})

test('clients are watched as Fabric watches them: 0 stands for a default, and no ping comes sooner than after a second', () => {
  const shipped = { intervalMs: 7_200_000, timeoutMs: 20_000, minIntervalMs: 60_000 }
  assert.deepEqual(read('').keepalive, shipped)
  const of = (min: string, interval: string, timeout: string) =>
    read(
      `General: { Keepalive: { ServerMinInterval: ${min}, ServerInterval: ${interval}, ServerTimeout: ${timeout} } }`,
    )
  assert.deepEqual(of('0s', '0s', '0s').keepalive, shipped)
  assert.deepEqual(of('5s', '10ms', '10ms').keepalive, { intervalMs: 1_000, timeoutMs: 10, minIntervalMs: 5_000 })
  assert.equal(of('1s', '1s', '10000h').keepalive.timeoutMs, 2 ** 31 - 1, 'the longest that a timer takes')
})

test('what is unknown or may not differ is refused, all of it at once', () => {
  const yaml = 'General: { Colour: red, Throttling: { Rate: 7 }, Profile: { Enabled: true } }'
  assert.throws(
    () => read(yaml, { ORDERER_GENERAL_TASTE: 'x' }),
    (error: Error) => {
      assert.match(error.message, /General.Colour is no key/)
      assert.match(error.message, /ORDERER_GENERAL_TASTE stands for no key/)
      assert.match(error.message, /Throttling.Rate is 7, and may only be 0/)
      assert.match(error.message, /Profile.Enabled is true/)
      return true
    },
  )
  assert.throws(() => read('Admin: { TLS: { Enabled: true } }'), /ClientAuthRequired must be set to true/)
  assert.throws(() => read('General: { ListenPort: many }'), /General.ListenPort is "many": not a number/)
})

test('docs/devnode.md shows every key with what is done with it', () => {
  const page = readFileSync(new URL('../../../docs/devnode.md', import.meta.url), 'utf8')
  for (const [key, row] of Object.entries(ordererKeys)) {
    const why = row.rule === 'obeyed' ? '' : row.why
    const shipped =
      row.rule === 'fixed' ? `must be ${row.values.filter((value) => value !== '').join(' or ') || 'empty'}` : row.rule
    assert.ok(page.includes(`| \`${key}\` | ${shipped} | ${why} |`), `| \`${key}\` | ${shipped} | ${why} |`)
  }
})
