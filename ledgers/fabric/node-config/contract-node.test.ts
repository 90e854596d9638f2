import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { type Credential, createOrganizationAuthorities, enrolForTls, tlsFiles } from '@cello/fabric/identity'
import { freePorts, RealNode, writeTree } from '@cello/fabric/testing/real-node'
import { contractNode } from './contract-node.ts'

const resolve = createRequire(import.meta.url).resolve
const shim = join(dirname(resolve('fabric-shim/package.json')), 'cli.js')

const source = `const { Contract } = require('fabric-contract-api')
class Smallest extends Contract { async hello() { return 'hello' } }
module.exports.contracts = [Smallest]
`

/** Whether a server behind our root takes this client; TLS 1.3 tells a client that it was refused only when it reads. */
function takes(port: number, root: string, client?: Credential): Promise<boolean> {
  return new Promise((answer) => {
    const identity = client && { cert: client.certificate, key: client.privateKey }
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: root,
      servername: 'asset',
      ALPNProtocols: ['h2'],
      ...identity,
    })
    socket.once('data', () => {
      answer(true) // the settings of HTTP/2: the handshake is over on both sides
      socket.destroy()
    })
    socket.once('error', () => answer(false))
    socket.once('close', () => answer(false))
  })
}

test('a contract starts with our arguments and serves only peers that show a certificate', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'cello-contract-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const { tls } = createOrganizationAuthorities({ domain: 'org1.example' })
  const server = enrolForTls(tls, { name: 'asset', hosts: ['asset', '127.0.0.1'] })
  const [port = 0] = await freePorts(1)
  const places = { data: join(folder, 'data'), files: join(folder, 'files') }
  const parts = contractNode({
    places,
    packageId: 'asset_1:00',
    listenHost: '127.0.0.1',
    port,
    shim,
    folder: join(folder, 'contract'),
    tls: { files: tlsFiles(tls, server), clientRoots: [tls.certificate] },
  })
  writeTree(join(folder, 'contract'), {
    'package.json': '{"name":"smallest","version":"1.0.0","main":"index.js"}',
    'index.js': source,
  })
  symlinkSync(dirname(dirname(shim)), join(folder, 'contract/node_modules'))
  writeTree(places.files, Object.fromEntries(parts.files.map(({ path, content }) => [path, content])))
  writeTree(places.files, Object.fromEntries(parts.secretFiles.map(({ path, content }) => [path, content.reveal()])))
  await using node = new RealNode({ program: process.execPath, args: parts.args, env: parts.env, folder })
  const client = enrolForTls(tls, { name: 'peer0', hosts: [] })
  await node.until('the contract takes its peer', () => takes(port, tls.certificate, client))
  assert.equal(await takes(port, tls.certificate), false)
})
