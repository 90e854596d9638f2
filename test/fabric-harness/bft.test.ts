import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { FabricError, pollUntil } from '@cello/fabric'
import { configDifferences } from '@cello/fabric/blocks'
import { configFromBlock, setBatch } from '@cello/fabric/config'
import { commitOf, openGateway, submitAndWait } from '@cello/fabric/gateway'
import { blockFromOrderer, consensusOf, openRest, readMetrics, submitToOrderers } from '@cello/fabric/ordering'
import { configBlockFromPeer, deliverFromPeer, discoverPeers } from '@cello/fabric/peers'
import { prepareUpdate } from './config-update.ts'
import { deployContract } from './contract.ts'
import { everyNodeObeys } from './every-node.ts'
import { joinAll, type RealNetwork, skipReason, startNetwork } from './network.ts'

const channel = 'quorum'

describe('four BFT orderers of Fabric 3.1.5 under mutual TLS', { skip: skipReason('3.1.5') }, () => {
  let network: RealNetwork
  before(async () => {
    network = await startNetwork({
      version: '3.1.5',
      consensus: 'BFT',
      orderers: 4,
      peers: [1, 1],
      channel,
      mutualTls: true,
    })
    await joinAll(network)
    await deployContract(network, { name: 'kv', version: '1', sequence: 1 })
  })
  after(() => network[Symbol.asyncDispose]())

  const gatewayOf = () => {
    const [peer] = network.peers
    assert.ok(peer)
    return openGateway(peer.connection, network.user('Org1'))
  }
  const put = (value: string) => ({ channel, contract: 'kv', name: 'put', args: ['vote', value] })

  test('an envelope that a quorum of the orderers accepted is committed', async () => {
    const gateway = gatewayOf()
    const transaction = await gateway.endorse(put('yes'))
    const connections = network.orderers.map(({ connection }) => connection)
    await submitToOrderers(connections, transaction.envelope, transaction, { accept: 'quorum' })
    const commit = await commitOf(gateway.connection, gateway.signer, transaction)
    assert.equal(commit.validationCode, 'VALID')
    // A second copy is refused by each orderer that remembers the first: it is ordered already.
    await submitToOrderers(connections, transaction.envelope, transaction, { accept: 'quorum' })
    assert.deepEqual(await submitAndWait(gateway.connection, gateway.signer, transaction), commit)
  })

  test('deliver and discovery bind to our TLS certificate', async () => {
    const [peer] = network.peers
    const [orderer] = network.orderers
    assert.ok(peer && orderer)
    assert.ok(peer.connection.tlsCertHash)
    const [block] = await Array.fromAsync(deliverFromPeer(peer.connection, peer.admin, { channel, from: 0, to: 0 }))
    const same = await blockFromOrderer(orderer.connection, network.ordererAdmin, { channel, block: 0 })
    assert.deepEqual(block?.getHeader()?.serializeBinary(), same.getHeader()?.serializeBinary())
    assert.equal((await discoverPeers(peer.connection, peer.admin, channel)).length, 2)
  })

  test('a config update that a quorum takes shows as one changed value', async () => {
    const [peer] = network.peers
    assert.ok(peer)
    const { config, envelope } = await prepareUpdate(network, (it) => setBatch(it, { maxMessageCount: 42 }))
    const connections = network.orderers.map(({ connection }) => connection)
    await submitToOrderers(connections, envelope, { channel }, { accept: 'quorum' })
    await everyNodeObeys(network, config.getSequence() + 1)
    const updated = await configBlockFromPeer(peer.connection, peer.admin, channel)
    const differences = configDifferences(config, configFromBlock(updated).config)
    assert.deepEqual(
      differences.map(({ path, kind, change }) => [path, kind, change]),
      [['/Channel/Orderer/BatchSize', 'value', 'changed']],
    )
    const late = submitToOrderers(connections, envelope, { channel }, { accept: 'quorum' })
    await assert.rejects(late, (error) => error instanceof FabricError && error.code === 'CONFLICT')
  })

  test('with the leader killed the three others order on', async () => {
    const gateway = gatewayOf()
    const reading = await pollUntil({ doing: 'read who leads', channel }, async () => {
      const [orderer] = network.orderers
      assert.ok(orderer)
      await using rest = openRest(orderer.operations)
      return consensusOf(await readMetrics(rest), channel)
    })
    assert.equal(reading.protocol, 'BFT')
    const leader = network.orderers[(reading.leaderId ?? 1) - 1]
    assert.ok(leader)
    await leader.process.kill()
    const { commit } = await gateway.invoke(put('no'), { timeoutMs: 90_000 })
    assert.equal(commit.validationCode, 'VALID')
    const again = await gateway.invoke(put('maybe'), { timeoutMs: 90_000 })
    assert.ok(again.commit.blockNumber > commit.blockNumber)
  })
})
