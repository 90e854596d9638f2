import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConnectionJson } from './connection-json.ts'
import { readInstallPackage } from './install-package.ts'
import { isServicePackage, readServicePackage } from './service-package.ts'
import { testPackage } from './testing/test-packages.ts'

async function read(connection: object | undefined, environment: Record<string, string> = {}) {
  const code: Record<string, string> = connection ? { 'connection.json': JSON.stringify(connection) } : { 'a.txt': 'a' }
  const contents = await readInstallPackage(await testPackage({ code }))
  assert.ok(isServicePackage(contents))
  return readServicePackage(contents, environment)
}

test('a service’s package names its address, and TLS with a client identity where asked for', async () => {
  assert.deepEqual(await read({ address: 'a:1', dial_timeout: '1m30s', tls_required: false, root_cert: 'unused' }), {
    address: 'a:1',
    dialTimeoutMs: 90_000,
  })
  const tls = { tls_required: true, root_cert: 'ROOT', client_key: 'KEY', client_cert: 'CERT' }
  assert.deepEqual((await read({ address: 'a:1', ...tls })).tls, { rootCertificate: 'ROOT' })
  assert.deepEqual((await read({ address: 'a:1', ...tls, client_auth_required: true, domain: 'b' })).tls, {
    rootCertificate: 'ROOT',
    client: { certificate: 'CERT', key: 'KEY' },
    serverName: 'b',
  })
})

test('templates are filled from the variable that Fabric’s builder reads', async () => {
  const environment = { CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG: '{"peername":"peer0","number":7}' }
  const found = await read({ address: '{{.peername}}-{{ .number }}.example:7052' }, environment)
  assert.equal(found.address, 'peer0-7.example:7052')
  await assert.rejects(read({ address: '{{.peername}}:1' }), /no entry for key "peername"/)
  await assert.rejects(read({ address: '{{if .x}}a{{end}}:1' }, environment), /fills in \{\{\.name\}\} alone/)
})

test('what is missing is told in Fabric’s words', async () => {
  await assert.rejects(read(undefined), { message: 'connection.json not found in source folder' })
  const missing: readonly (readonly [object, string])[] = [
    [{}, 'chaincode address not provided'],
    [{ address: 'a', tls_required: true }, 'chaincode tls root cert not provided'],
    [{ address: 'a', tls_required: true, client_auth_required: true }, 'chaincode tls key not provided'],
    [
      { address: 'a', tls_required: true, client_auth_required: true, client_key: 'k' },
      'chaincode tls cert not provided',
    ],
  ]
  for (const [connection, message] of missing) await assert.rejects(read(connection), { message }, message)
})

test('a number is nanoseconds, nothing is three seconds, the last of two fields counts', () => {
  const timeOf = (text: string) => readConnectionJson(text, 'x').dialTimeoutMs
  assert.equal(timeOf('{"address":"a"}'), 3_000)
  assert.equal(timeOf('{"address":"a","dial_timeout":5000000}'), 5)
  assert.equal(timeOf('{"address":"a","dial_timeout":"1s","dial_timeout":"2s"}'), 2_000)
  assert.throws(() => timeOf('{"address":"a","dial_timeout":"soon"}'), /malformed chaincode info at 'x'/)
  assert.throws(() => timeOf('['), /malformed chaincode info at 'x'/)
})
