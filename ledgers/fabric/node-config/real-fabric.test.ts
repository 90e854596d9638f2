/** Real orderers and peers start with our files; a peer builds a contract with our builder and heals a half-made build. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  type Credential,
  createOrganizationAuthorities,
  enrol,
  enrolForTls,
  memberMspFiles,
  type OrganizationAuthorities,
  tlsFiles,
  under,
} from '@cello/fabric/identity'
import { packageContract } from '@cello/fabric/lifecycle'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { freePorts, RealNode, run, writeTree } from '@cello/fabric/testing/real-node'
import { parse } from 'yaml'
import type { NodeParts, Places } from './node-parts.ts'
import { ordererNode } from './orderer-node.ts'
import { peerNode } from './peer-node.ts'

function workFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cello-node-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What a driver does with a specification: writes the files, sweeps, starts. */
function start(program: string, parts: NodeParts, places: Places, folder: string): RealNode {
  writeTree(places.files, Object.fromEntries(parts.files.map(({ path, content }) => [path, content])))
  writeTree(places.files, Object.fromEntries(parts.secretFiles.map(({ path, content }) => [path, content.reveal()])))
  for (const { path } of parts.files.filter(({ executable }) => executable)) chmodSync(join(places.files, path), 0o700)
  for (const { folder: parent, unlessHolds } of parts.sweep) {
    const builds = join(places.data, parent)
    for (const name of existsSync(builds) ? readdirSync(builds) : []) {
      if (!existsSync(join(builds, name, unlessHolds))) rmSync(join(builds, name), { recursive: true })
    }
  }
  return new RealNode({ program, args: parts.args, env: parts.env, folder })
}

function memberOf(organization: OrganizationAuthorities, name: string, role: 'peer' | 'orderer') {
  const tls = enrolForTls(organization.tls, { name, hosts: [name, '127.0.0.1'] })
  return {
    msp: memberMspFiles(organization, enrol(organization.enrolment, { name, role })),
    tls: tlsFiles(organization.tls, tls),
    credential: tls,
  }
}

async function isHealthy(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined)
  return answer?.status === 200
}

/** Status of the channel list of an orderer's admin listener; `refused` without a handshake. */
async function adminStatus(port: number, root: string, client?: Credential): Promise<number | 'refused'> {
  const { get } = await import('node:https')
  return new Promise((resolve) => {
    const identity = client && { cert: client.certificate, key: client.privateKey }
    const options = { host: '127.0.0.1', port, path: '/participation/v1/channels', ca: root, agent: false, ...identity }
    get(options, (answer) => resolve(answer.resume().statusCode ?? 0)).once('error', () => resolve('refused'))
  })
}

/** Paths of all values in a document: `peer.gossip.state.enabled`. */
function keysOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path.toLowerCase()]
  return Object.entries(value).flatMap(([key, inner]) => keysOf(inner, path === '' ? key : `${path}.${key}`))
}

// Left out with a reason: Docker, HSMs, CouchDB and StatsD are not used (nor is what only they read); the rest is empty
// in the shipped file too and means "none".
const leftOut: readonly RegExp[] = [
  /^vm\.docker/,
  /^chaincode\.(id|builder|pull|golang|java|node)(\.|$)/,
  /pkcs11/,
  /couchdbconfig/,
  /statsd/,
  /^kafka/,
  /^chaincode\.system\.lscc$/, // the lifecycle of Fabric 1.4
  /^peer\.gossip\.election/, // there is none
  /^peer\.gossip\.stateinforetentioninterval$/,
  /^peer\.deliveryclient\.addressoverrides$/,
  /^ledger\.blockchain$/,
  /^general\.cluster\.(listenport|listenaddress|servercertificate|serverprivatekey)$/, // the general listener serves
  /^general\.bootstrapfile$/,
  /^operations\.tls\.(?!enabled)/,
]

for (const version of ['3.1.5', '2.5.16']) {
  const fabric = realFabric(version, ['peer', 'orderer'])
  const organization = createOrganizationAuthorities({ domain: 'org1.example' })

  async function orderer(folder: string) {
    const places = { data: join(folder, 'data'), files: join(folder, 'files') }
    const [service = 0, admin = 0, operations = 0] = await freePorts(3)
    const member = memberOf(organization, 'orderer0.org1.example', 'orderer')
    const ports = { service, admin, operations }
    const hosts = { listenHost: '127.0.0.1', adminHost: '127.0.0.1' }
    const adminRoots = [organization.tls.certificate]
    const parts = ordererNode({ version, places, mspId: 'Org1MSP', ...hosts, ports, adminRoots, ...member })
    return { places, ports, parts }
  }

  async function peer(folder: string, contractClient?: Credential) {
    const places = { data: join(folder, 'data'), files: join(folder, 'files') }
    const [service = 0, operations = 0] = await freePorts(2)
    const parts = peerNode({
      version,
      places,
      networkName: 'demo',
      name: 'peer0',
      mspId: 'Org1MSP',
      listenHost: '127.0.0.1',
      advertised: `127.0.0.1:${service}`,
      ports: { service, operations },
      bootstrap: [],
      peerRoots: [organization.tls.certificate],
      ...memberOf(organization, 'peer0.org1.example', 'peer'),
      ...(contractClient && { contractClient }),
    })
    return { places, service, operations, parts }
  }

  test(`every key that Fabric ${version} ships is written or left out for a reason`, {
    skip: fabric.skip,
  }, async () => {
    const { parts: peerParts } = await peer('/x')
    const { parts: ordererParts } = await orderer('/x')
    for (const [name, parts] of [
      ['core.yaml', peerParts],
      ['orderer.yaml', ordererParts],
    ] as const) {
      const ours = keysOf(parse(parts.files.find(({ path }) => path === name)?.content ?? ''))
      const shipped = keysOf(parse(readFileSync(join(fabric.config, name), 'utf8')))
      const missing = shipped.filter((key) => !ours.includes(key) && !leftOut.some((reason) => reason.test(key)))
      assert.deepEqual(missing, [], name)
    }
  })

  test(`an orderer ${version} is healthy with our files and takes administrators with a certificate only`, {
    skip: fabric.skip,
  }, async (context) => {
    const folder = workFolder(context)
    const { places, ports, parts } = await orderer(folder)
    await using node = start(fabric.program('orderer'), parts, places, folder)
    await node.until('the orderer is healthy', () => isHealthy(ports.operations))
    const metrics = await fetch(`http://127.0.0.1:${ports.operations}/metrics`)
    assert.match(await metrics.text(), /fabric_version|go_goroutines/)
    const root = organization.tls.certificate
    const admin = enrolForTls(organization.tls, { name: 'admin', hosts: [] })
    const stranger = enrolForTls(createOrganizationAuthorities({ domain: 'org1.example' }).tls, {
      name: 'x',
      hosts: [],
    })
    await node.until('the admin listener answers', async () => (await adminStatus(ports.admin, root, admin)) === 200)
    assert.equal(await adminStatus(ports.admin, root, stranger), 'refused')
    assert.equal(await adminStatus(ports.admin, root), 'refused')
    // Its configuration is read before its log is set up, hence only the lines after that.
    assert.ok(!node.log().split('Orderer config values').at(-1)?.includes('\u001b['), 'no colours in the log')
  })

  test(`a peer ${version} is healthy with our files, builds a contract, and heals what a kill left half-made`, {
    skip: fabric.skip,
  }, async (context) => {
    const folder = workFolder(context)
    const contractClient = enrolForTls(organization.tls, { name: 'peer0.org1.example', hosts: [] })
    const { places, service, operations, parts } = await peer(folder, contractClient)
    const contractPackage = await packageContract({
      label: 'asset_1.0',
      service: { address: 'asset.example:9999', tlsRoot: organization.tls.certificate },
      metadata: { 'META-INF/statedb/couchdb/indexes/a.json': Buffer.from('{}') },
    })
    writeFileSync(join(folder, 'package.tar.gz'), contractPackage.bytes)
    const admin = enrol(organization.enrolment, { name: 'Admin@org1.example', role: 'admin' })
    writeTree(folder, under('admin', memberMspFiles(organization, admin)))
    const asAdmin = {
      ...parts.env,
      CORE_PEER_ADDRESS: `127.0.0.1:${service}`,
      CORE_PEER_MSPCONFIGPATH: join(folder, 'admin'),
    }
    const peerCommand = (...args: string[]) => run(fabric.program('peer'), ['lifecycle', 'chaincode', ...args], asAdmin)
    const build = join(places.data, 'externalbuilder/builds', contractPackage.packageId.replace(':', '-'))
    const connection = join(build, 'release/chaincode/server/connection.json')

    {
      await using node = start(fabric.program('peer'), parts, places, folder)
      await node.until('the peer is healthy', () => isHealthy(operations))
      // Health is answered some 50 ms before the peer listens for requests.
      await node.until('the peer listens', () => node.log().includes('Started peer with ID'))
      const installed = await peerCommand('install', join(folder, 'package.tar.gz'))
      assert.equal(installed.code, 0, installed.text)
      const list = await peerCommand('queryinstalled')
      assert.ok(list.text.includes(contractPackage.packageId), list.text)
      const { client_cert: shown, address }: Record<string, unknown> = JSON.parse(readFileSync(connection, 'utf8'))
      assert.deepEqual([shown, address], [contractClient.certificate, 'asset.example:9999'])
      assert.ok(existsSync(join(build, 'release/statedb/couchdb/indexes/a.json')))
    }

    // As a kill between the copies leaves it: build-info.json is whole, so the peer would trust the rest for ever.
    rmSync(join(build, 'bld'), { recursive: true })
    rmSync(connection)
    {
      await using node = start(fabric.program('peer'), parts, places, folder)
      await node.until('the build is made anew', () => existsSync(connection) && existsSync(join(build, 'bld')))
      await node.until('the peer is healthy', () => isHealthy(operations))
    }

    const renewed = enrolForTls(organization.tls, { name: 'peer0.org1.example', hosts: [] })
    const { parts: next } = await peer(folder, renewed)
    {
      await using node = start(fabric.program('peer'), next, places, folder)
      await node.until('the build shows the renewed identity', () => {
        // The release program may be writing it just now.
        const text = existsSync(connection) ? readFileSync(connection, 'utf8') : ''
        return text.endsWith('}\n') && JSON.parse(text).client_cert === renewed.certificate
      })
    }
  })
}
