/** Fabric's own commands as clients of the devnode's peers. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openParticipation } from '@cello/fabric/ordering'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { run } from '@cello/fabric/testing/real-node'
import { deployContract } from '../fabric-harness/contract.ts'
import { type RealNetwork, type RunningPeer, skipReason, startNetwork } from '../fabric-harness/network.ts'
import { devnodeOrderer, devnodePeer } from './program.ts'

const channel = 'trade'
const version = '3.1.5'
const fabric = realFabric(version, ['peer', 'discover'])

describe(`commands of Fabric ${version} on the devnode’s peers`, {
  skip: skipReason(version) || fabric.skip,
}, () => {
  let network: RealNetwork
  before(async () => {
    const programs = { ordererProgram: devnodeOrderer, peerProgram: devnodePeer }
    network = await startNetwork({ version, consensus: 'etcdraft', orderers: 1, peers: [1, 1], channel, ...programs })
  })
  after(() => network?.[Symbol.asyncDispose]())

  const peerOf = (index: number): RunningPeer => network.peers[index] ?? assert.fail(`no peer ${index}`)

  const command = async (at: number, ...args: string[]) => {
    const { plan } = peerOf(at)
    return run(fabric.program('peer'), args, {
      FABRIC_CFG_PATH: plan.folder,
      FABRIC_LOGGING_SPEC: 'error',
      CORE_PEER_ADDRESS: `127.0.0.1:${plan.port}`,
      CORE_PEER_LOCALMSPID: plan.org.mspId,
      CORE_PEER_MSPCONFIGPATH: join(plan.org.crypto, 'users', `Admin@${plan.org.domain}`, 'msp'),
    })
  }
  const said = async (at: number, ...args: string[]) => {
    const { code, text } = await command(at, ...args)
    assert.equal(code, 0, text)
    return text
  }

  test('peer channel joins, lists, tells and fetches', async () => {
    const [orderer] = network.orderers
    assert.ok(orderer)
    await using participation = openParticipation(orderer.admin)
    await participation.join(network.genesis)
    const file = join(network.plan.root, 'join.block')
    writeFileSync(file, network.genesis)
    for (const at of [0, 1]) await said(at, 'channel', 'join', '-b', file)
    assert.match((await command(0, 'channel', 'join', '-b', file)).text, /already exists with state \[ACTIVE\]/)
    assert.match(await said(0, 'channel', 'list'), /trade/)
    assert.match(await said(0, 'channel', 'getinfo', '-c', channel), /"height":1/)
    const fetched = join(network.plan.root, 'fetched.block')
    await said(0, 'channel', 'fetch', 'oldest', fetched, '-c', channel)
    assert.ok(readFileSync(fetched).length > 1_000)
  })

  test('peer lifecycle tells of packages and definitions', async () => {
    const packageId = await deployContract(network, { name: 'kv', version: '1', sequence: 1 })
    const lifecycle = (...args: string[]) => said(0, 'lifecycle', 'chaincode', ...args)
    assert.ok((await lifecycle('queryinstalled')).includes(packageId))
    assert.match(await lifecycle('queryapproved', '-C', channel, '-n', 'kv'), /sequence: 1, version: 1/)
    assert.match(await lifecycle('querycommitted', '-C', channel), /Name: kv, Version: 1, Sequence: 1/)
    const ready = ['checkcommitreadiness', '-C', channel, '-n', 'kv', '-v', '2', '--sequence', '2', '--output', 'json']
    assert.match(await lifecycle(...ready), /"Org1MSP": false[^]*"Org2MSP": false/)
  })

  test('peer chaincode invokes and queries', async () => {
    const [orderer] = network.orderers
    assert.ok(orderer)
    const ordering = ['-o', `127.0.0.1:${orderer.plan.port}`, '--ordererTLSHostnameOverride', orderer.plan.name]
    const secure = ['--tls', '--cafile', join(orderer.plan.crypto, 'tls/ca.crt')]
    const peers = (...at: number[]) =>
      at.flatMap((index) => {
        const { port, crypto } = peerOf(index).plan
        return ['--peerAddresses', `127.0.0.1:${port}`, '--tlsRootCertFiles', join(crypto, 'tls/ca.crt')]
      })
    const invoke = ['chaincode', 'invoke', ...ordering, ...secure, '-C', channel, '-n', 'kv', '--waitForEvent']
    const put = ['-c', '{"Args":["put","tea","7"]}']
    const alone = await command(0, ...invoke, ...put, ...peers(0))
    assert.match(alone.text, /transaction invalidated with status \(ENDORSEMENT_POLICY_FAILURE\)/)
    await said(0, ...invoke, ...put, ...peers(0, 1))
    const query = (key: string) => ['chaincode', 'query', '-C', channel, '-n', 'kv', '-c', `{"Args":["get","${key}"]}`]
    assert.match(await said(1, ...query('tea')), /^7$/m)
    assert.match((await command(1, ...query('no'))).text, /status:500 message:"no such key: no"/)
  })

  test('discover finds peers, config and endorsers', async () => {
    const { plan } = peerOf(0)
    const user = join(plan.org.crypto, 'users', `User1@${plan.org.domain}`, 'msp')
    const [key = ''] = readdirSync(join(user, 'keystore'))
    const [certificate = ''] = readdirSync(join(user, 'signcerts'))
    const identity = ['--userKey', join(user, 'keystore', key), '--userCert', join(user, 'signcerts', certificate)]
    const discover = async (what: string, ...more: string[]): Promise<string> => {
      const trusting = ['--peerTLSCA', join(plan.crypto, 'tls/ca.crt'), '--MSP', plan.org.mspId]
      const server = ['--server', `127.0.0.1:${plan.port}`, '--channel', channel]
      const { code, text } = await run(fabric.program('discover'), [...trusting, ...identity, what, ...server, ...more])
      assert.equal(code, 0, text)
      return text
    }
    const peers = await discover('peers')
    for (const part of ['Org1MSP', 'Org2MSP', 'kv', '_lifecycle']) assert.ok(peers.includes(part), part)
    assert.match(await discover('config'), /OrdererMSP/)
    assert.match(await discover('endorsers', '--chaincode', 'kv'), /"Layouts": \[\s+\{/)
  })
})
