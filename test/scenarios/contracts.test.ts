import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { createSigningRequest, newPrivateKey } from '@cello/fabric/identity'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { entry, writeContractFolder } from '../fabric-ledger/contract-folder.ts'
import { devnode, fabric3, type TestRuntime } from '../runtimes.ts'
import { type Cello, startCello } from './cello.ts'
import { freePorts } from './machine.ts'
import { contractOf, smallNetwork, succeeded, upload } from './wanted.ts'

const network = 'quay'
const params = { network, channel: 'main' }

/** Fabric's own client programs. */
const tools = realFabric('3.1.5', ['peer'])

for (const runtime of [fabric3, devnode]) {
  suite(`contracts of all kinds on ${runtime.name}`, { skip: runtime.skip }, () => contractsOn(runtime))
}

function contractsOn(runtime: TestRuntime): void {
  let cello: Cello
  let folder: string
  let digest: string
  before(async () => {
    cello = await startCello({ runtime })
    folder = mkdtempSync(join(tmpdir(), 'quay-'))
    const created = succeeded(cello, cello.client.networks.create({ body: smallNetwork(network, runtime) }))
    ;[digest] = await Promise.all([upload(cello, 'smallest'), created])
  })
  after(async () => {
    await cello[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const deploy = (body: Parameters<typeof cello.client.contracts.deploy>[0]['body']) =>
    succeeded(cello, cello.client.contracts.deploy({ params, body }))

  test('a contract that somebody else runs is called at its address, as the package that Cello names', async () => {
    // Not where servers allot the ports of nodes.
    const [port = 0] = await freePorts([19_000 + Math.floor(Math.random() * 900)])
    await deploy({ name: 'outside', address: `127.0.0.1:${port}` })
    const { packageIds } = await cello.client.contracts.get({ params: { ...params, contract: 'outside' } })
    const [id = ''] = new Set(Object.values(packageIds))
    assert.equal(new Set(Object.values(packageIds)).size, 1, 'one service, one package')
    writeContractFolder(join(folder, 'outside'))
    const service = spawn(process.execPath, [join(folder, 'outside', entry)], {
      env: { CHAINCODE_SERVER_ADDRESS: `127.0.0.1:${port}`, CHAINCODE_ID: id },
      stdio: 'ignore',
    })
    try {
      const contract = contractOf(cello, `${network}/main/outside`)
      await until(() => contract.invoke('put', 'a', '1'))
      assert.equal(await contract.query('get', 'a'), '1')
    } finally {
      service.kill('SIGKILL')
      await once(service, 'exit')
    }
  })

  test('a contract with an endorsement policy of its own and a private data collection is called by both', async () => {
    await deploy({
      name: 'private',
      package: digest,
      policy: "OR('Org1MSP.peer','Org2MSP.peer')",
      collections: [{ name: 'letters', policy: "OR('Org1MSP.member','Org2MSP.member')", blockToLive: 10 }],
    })
    for (const organization of ['Org1', 'Org2']) {
      const contract = contractOf(cello, `${network}/main/private`, organization)
      await contract.invoke('put', organization, 'there')
      assert.equal(await contract.query('get', organization), 'there')
    }
    const { spec } = await cello.client.networks.get({ params: { network } })
    assert.deepEqual((await cello.client.networks.plan({ params: { network }, body: spec })).steps, [])
  })

  test('a contract with initRequired refuses all calls before its first one', async () => {
    await deploy({ name: 'begun', package: digest, initRequired: true })
    const contract = contractOf(cello, `${network}/main/begun`)
    await assert.rejects(contract.invoke('put', 'a', '1'), { code: 'CONTRACT_ERROR' })
    const first = { function: 'put', args: ['a', 'first'], init: true }
    await cello.client.contracts.invoke({ params: { ...params, contract: 'begun' }, body: first })
    assert.equal(await contract.query('get', 'a'), 'first')
  })

  test('other code runs under the same definition, and the first again when it is taken back', async () => {
    await deploy({ name: 'live', package: digest })
    const target = { params: { ...params, contract: 'live' } }
    const { spec, sequence } = await cello.client.contracts.get(target)
    const contract = contractOf(cello, `${network}/main/live`)
    await contract.invoke('put', 'by', 'the package')
    const code = await upload(cello, 'assets')
    const reloaded = await succeeded(cello, cello.client.contracts.upgrade({ ...target, body: { ...spec, code } }))
    assert.deepEqual([...new Set(reloaded.steps.map(({ kind }) => kind))], ['ensure-node', 'await-ready'])
    await contract.invoke('create', 'boat', 'made by the other code', '1', 'Ada')
    await succeeded(cello, cello.client.contracts.upgrade({ ...target, body: spec }))
    assert.equal(await contract.query('get', 'by'), 'the package')
    assert.equal((await cello.client.contracts.get(target)).sequence, sequence)
  })

  test("Fabric's own peer command invokes and queries, with a key that never came to Cello", {
    skip: tools.skip,
  }, async () => {
    const privateKey = newPrivateKey()
    const certificateRequest = createSigningRequest({ subject: { commonName: 'ada' }, privateKey })
    const identity = await cello.client.identities.create({
      params: { network },
      body: { organization: 'Org1', name: 'ada', certificateRequest },
    })
    const dir = join(folder, 'ada')
    const { env, files } = await cello.client.connection.get({
      params: { network },
      query: { organization: 'Org1' },
    })
    writeFiles(dir, {
      ...files,
      'msp/signcerts/cert.pem': identity.certificate,
      'msp/cacerts/ca.pem': identity.caCertificate,
      'msp/keystore/key_sk': privateKey,
      'msp/config.yaml': nodeOus,
    })
    const variables = Object.entries(env).map(([name, value]) => [name, value.replaceAll('{dir}', dir)] as const)
    const all: NodeJS.ProcessEnv = { ...Object.fromEntries(variables), FABRIC_CFG_PATH: tools.config, HOME: dir }
    const peer = async (...args: string[]) => {
      const { stdout, stderr } = await promisify(execFile)(tools.program('peer'), args, { env: all, timeout: 120_000 })
      return `${stdout}${stderr}`
    }
    const target = ['-C', 'main', '-n', 'private']
    const call = (...args: string[]) => ['-c', JSON.stringify({ Args: args })]
    const orderer = ['-o', all['ORDERER_ADDRESS'] ?? '', '--tls', '--cafile', all['ORDERER_CA'] ?? '']
    const name = ['--ordererTLSHostnameOverride', all['ORDERER_HOSTNAME'] ?? '']
    await peer('chaincode', 'invoke', ...orderer, ...name, ...target, ...call('put', 'by', 'peer'), '--waitForEvent')
    assert.match(await peer('chaincode', 'query', ...target, ...call('get', 'by')), /^peer$/m)
    assert.equal(await contractOf(cello, `${network}/main/private`).query('get', 'by'), 'peer')
  })
}

/** As fabric-ca and cryptogen write it; the certificate of the authority is known by its file's name. */
const ou = (role: string) => `    Certificate: cacerts/ca.pem\n    OrganizationalUnitIdentifier: ${role}\n`
const nodeOus = `NodeOUs:
  Enable: true
  ClientOUIdentifier:\n${ou('client')}  PeerOUIdentifier:\n${ou('peer')}  AdminOUIdentifier:\n${ou('admin')}  OrdererOUIdentifier:\n${ou('orderer')}`

function writeFiles(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text, { mode: 0o600 })
  }
}

/** The service is not there at once. */
async function until(work: () => Promise<unknown>): Promise<void> {
  for (let left = 180; ; left--) {
    try {
      await work()
      return
    } catch (error) {
      if (left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}
