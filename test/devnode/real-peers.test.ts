/** Real peers and Fabric's own commands on a devnode's orderer. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { computeUpdate, configFromBlock, configUpdateEnvelope, setBatch, signConfigUpdate } from '@cello/fabric/config'
import { openGateway } from '@cello/fabric/gateway'
import { configBlockFromOrderer } from '@cello/fabric/ordering'
import { chainInfo } from '@cello/fabric/peers'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { run } from '@cello/fabric/testing/real-node'
import { deployContract } from '../fabric-harness/contract.ts'
import { joinAll, type RealNetwork, type RunningOrderer, skipReason, startNetwork } from '../fabric-harness/network.ts'
import { devnodeOrderer } from './program.ts'

const channel = 'trade'
const version = '3.1.5'
const fabric = realFabric(version, ['peer', 'osnadmin'])

describe(`peers and commands of Fabric ${version} on the devnode’s orderer`, {
  skip: skipReason(version) || fabric.skip,
}, () => {
  let network: RealNetwork
  before(async () => {
    const shape = { version, consensus: 'etcdraft', orderers: 1, peers: [1, 1], channel } as const
    network = await startNetwork({ ...shape, ordererProgram: devnodeOrderer })
    await joinAll(network)
  })
  after(() => network[Symbol.asyncDispose]())

  const ordererOf = (): RunningOrderer => {
    const [orderer] = network.orderers
    assert.ok(orderer)
    return orderer
  }

  test('peers pull its blocks and commit a contract and its transactions', async () => {
    await deployContract(network, { name: 'kv', version: '1', sequence: 1 })
    const [peer, other] = network.peers
    assert.ok(peer && other)
    const gateway = openGateway(peer.connection, network.user('Org1'))
    const { commit } = await gateway.invoke({ channel, contract: 'kv', name: 'put', args: ['tea', '7'] })
    assert.equal(commit.validationCode, 'VALID')
    const { height } = await chainInfo(peer.connection, peer.admin, channel)
    const page = await (await fetch(`http://127.0.0.1:${ordererOf().plan.operationsPort}/metrics`)).text()
    assert.match(page, new RegExp(`ledger_blockchain_height\\{channel="trade"\\} ${height}`))
  })

  test('osnadmin lists, joins and fetches', async () => {
    const { plan } = ordererOf()
    const tls = join(plan.crypto, 'tls')
    const files = ['--ca-file', join(tls, 'ca.crt'), '--client-cert', join(tls, 'server.crt')]
    const osnadmin = (...args: string[]) =>
      run(fabric.program('osnadmin'), [
        'channel',
        ...args,
        '-o',
        `127.0.0.1:${plan.adminPort}`,
        ...files,
        '--client-key',
        join(tls, 'server.key'),
      ])
    assert.match((await osnadmin('list')).text, /Status: 200[^]*"name": "trade"/)
    assert.match((await osnadmin('list', '--channelID', channel)).text, /"status": "active"/)
    const file = join(network.plan.root, 'joined.block')
    writeFileSync(file, network.genesis)
    assert.match((await osnadmin('join', '--channelID', channel, '--config-block', file)).text, /Status: 405/)
    const fetched = join(network.plan.root, 'fetched.block')
    const answer = await osnadmin('fetch', '--channelID', channel, '--config-block', fetched, '--block', 'oldest')
    if (/Status: 200/.test(answer.text)) assert.deepEqual(readFileSync(fetched), Buffer.from(network.genesis))
  })

  test('peer channel fetch and update work', async () => {
    const { plan, connection } = ordererOf()
    const [peer] = network.peers
    assert.ok(peer)
    const env = {
      FABRIC_CFG_PATH: peer.plan.folder,
      CORE_PEER_LOCALMSPID: network.plan.ordererOrg.mspId,
      CORE_PEER_MSPCONFIGPATH: join(
        network.plan.ordererOrg.crypto,
        'users',
        `Admin@${network.plan.ordererOrg.domain}`,
        'msp',
      ),
    }
    const target = ['-o', `127.0.0.1:${plan.port}`, '--ordererTLSHostnameOverride', plan.name, '-c', channel]
    const secure = ['--tls', '--cafile', join(plan.crypto, 'tls/ca.crt')]
    const file = join(network.plan.root, 'config.block')
    const fetched = await run(fabric.program('peer'), ['channel', 'fetch', 'config', file, ...target, ...secure], env)
    assert.equal(fetched.code, 0, fetched.text)
    const block = await configBlockFromOrderer(connection, network.ordererAdmin, channel)
    assert.deepEqual(readFileSync(file), Buffer.from(block.serializeBinary()))
    const { config } = configFromBlock(block)
    const update = computeUpdate(channel, config, setBatch(config, { maxMessageCount: 77 })).serializeBinary()
    const submitter = network.ordererAdmin
    const signatures = [await signConfigUpdate(update, submitter)]
    const envelope = await configUpdateEnvelope({ update, signatures, submitter })
    writeFileSync(join(network.plan.root, 'update.pb'), envelope.serializeBinary())
    const updating = ['channel', 'update', '-f', join(network.plan.root, 'update.pb'), ...target, ...secure]
    const updated = await run(fabric.program('peer'), updating, env)
    assert.match(updated.text, /Successfully submitted channel update/)
    const again = await run(fabric.program('peer'), updating, env)
    assert.match(again.text, /BAD_REQUEST/)
  })
})
