import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { devnode, fabric3, type TestRuntime } from '../runtimes.ts'
import { type Cello, startCello } from './cello.ts'
import { contractOf, smallNetwork, succeeded, upload } from './wanted.ts'

const network = 'pier'
const cliProgram = join(import.meta.dirname, '../../apps/cli/main.ts')

/** Fabric's own client programs. */
const tools = realFabric('3.1.5', ['peer', 'osnadmin'])

for (const runtime of [fabric3, devnode]) {
  const skip = runtime.skip || tools.skip
  suite(`the official peer and osnadmin on ${runtime.name}`, { skip }, () => toolsOn(runtime))
}

function toolsOn(runtime: TestRuntime): void {
  let cello: Cello
  let folder: string
  before(async () => {
    cello = await startCello({ runtime })
    folder = mkdtempSync(join(tmpdir(), 'pier-'))
    const created = succeeded(cello, cello.client.networks.create({ body: smallNetwork(network, runtime) }))
    const [digest] = await Promise.all([upload(cello, 'smallest'), created])
    const params = { network, channel: 'main' }
    await succeeded(
      cello,
      cello.client.contracts.deploy({ params, body: { name: 'smallest', version: '1.0', package: digest } }),
    )
  })
  after(async () => {
    await cello[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const run = async (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const all = { PATH: process.env['PATH'] ?? '', HOME: folder, FABRIC_CFG_PATH: tools.config, ...env }
    const { stdout, stderr } = await promisify(execFile)(program, args, { env: all, timeout: 120_000 })
    return { stdout, text: `${stdout}${stderr}` }
  }
  const cli = (...args: string[]) => run(process.execPath, [cliProgram, ...args], { CELLO_DATA: cello.dataDir })
  /** What a shell would have after `eval "$(cello network connect … --env DIR)"`. */
  const variables = async (...args: string[]) => {
    const { stdout } = await cli('network', 'connect', network, ...args)
    const found = [...stdout.matchAll(/^export (\w+)=(?:'(.*)'|(.*))$/gm)]
    return Object.fromEntries(found.map(([, name = '', quoted, plain]) => [name, quoted ?? plain ?? '']))
  }
  const words = (text: string | undefined) => (text ?? '').split(' ')

  test('peer invokes with the endorsements of both organizations, and asks a peer by its name', async () => {
    const own = join(folder, 'org1')
    await cli('identity', 'create', 'olga', '--organization', 'Org1', '--own', own)
    assert.deepEqual(readdirSync(own), ['msp'], 'who is no administrator gets no certificate for TLS')
    const env = await variables('--organization', 'Org1', '--env', own)
    assert.equal(env['CORE_PEER_ADDRESS'], env['ORG1_PEER0_ADDRESS'])
    const peer = (args: readonly string[]) => run(tools.program('peer'), args, env)
    const call = (...args: string[]) => ['-C', 'main', '-n', 'smallest', '-c', JSON.stringify({ Args: args })]
    const orderer = ['-o', env['ORDERER_ADDRESS'] ?? '', '--tls', '--cafile', env['ORDERER_CA'] ?? '']
    const peers = words(env['PEER_CONN_PARMS'])
    assert.equal(peers.filter((word) => word === '--peerAddresses').length, 2)
    await peer(['chaincode', 'invoke', ...orderer, ...peers, ...call('put', 'by', 'olga'), '--waitForEvent'])
    assert.match((await peer(['chaincode', 'query', ...call('get', 'by')])).text, /^olga$/m)
    assert.equal(await contractOf(cello, `${network}/main/smallest`, 'Org2').query('get', 'by'), 'olga')
  })

  test('another peer is chosen by its name, and one that is not there is refused', async () => {
    const own = join(folder, 'org2')
    await cli('identity', 'create', 'otto', '--organization', 'Org2', '--own', own)
    const env = await variables('--peer', 'Org2/peer0', '--env', own)
    assert.deepEqual([env['CORE_PEER_ADDRESS'], env['CORE_PEER_LOCALMSPID']], [env['ORG2_PEER0_ADDRESS'], 'Org2MSP'])
    const { text } = await run(tools.program('peer'), ['channel', 'getinfo', '-c', 'main'], env)
    assert.match(text, /"height":\d+/)
    await assert.rejects(cli('network', 'connect', network, '--peer', 'Org2/peer7', '--env', own), /peer7/)
  })

  test('osnadmin lists and shows channels with the keys of an administrator of the orderers, and is refused without', async () => {
    const own = join(folder, 'orderer')
    await cli('identity', 'create', 'osman', '--organization', 'Orderer', '--role', 'admin', '--own', own)
    assert.equal(statSync(join(own, 'tls/client.key')).mode & 0o777, 0o600)
    const env = await variables('--organization', 'Orderer', '--env', own)
    const osnadmin = (...args: string[]) => run(tools.program('osnadmin'), args)
    const flags = words(env['OSNADMIN_PARMS'])
    const listed = await osnadmin('channel', 'list', ...flags)
    assert.match(listed.text, /Status: 200[\s\S]*"name": "main"/)
    const shown = await osnadmin('channel', 'list', '--channelID', 'main', ...flags)
    assert.match(shown.text, /"consensusRelation": "consenter"[\s\S]*"status": "active"/)
    const address = env['ORDERER_ADMIN_ADDRESS'] ?? ''
    const bare = osnadmin('channel', 'list', '--orderer-address', address, '--ca-file', env['ORDERER_ADMIN_CA'] ?? '')
    await assert.rejects(bare)
  })

  test('a key for TLS is certified beside an identity that the server holds, for administrators alone', async () => {
    const own = join(folder, 'held')
    const made = await cli('identity', 'create', 'hanna', '--organization', 'Orderer', '--role', 'admin', '--tls', own)
    assert.match(made.text, /held by the server/)
    assert.deepEqual(readdirSync(join(own, 'tls')).sort(), ['ca.crt', 'client.crt', 'client.key'])
    const env = await variables('--organization', 'Orderer', '--env', own)
    await run(tools.program('osnadmin'), ['channel', 'list', ...words(env['OSNADMIN_PARMS'])])
    const client = cli('identity', 'create', 'horst', '--organization', 'Orderer', '--tls', join(folder, 'no'))
    await assert.rejects(client, /only administrators get a TLS certificate/)
    const { items } = await cello.client.identities.certificates({ params: { network } })
    assert.ok(items.some(({ use, role }) => use === 'user-tls/hanna' && role === undefined))
  })
}
