import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { FabricError, pollUntil } from '@cello/fabric'
import {
  computeUpdate,
  configFromBlock,
  configUpdateEnvelope,
  setBatch,
  signConfigUpdateByAll,
} from '@cello/fabric/config'
import { openGateway } from '@cello/fabric/gateway'
import {
  blockFromOrderer,
  configBlockFromOrderer,
  consensusOf,
  deliverFromOrderer,
  openParticipation,
  openRest,
  readMetrics,
  submitToOrderers,
} from '@cello/fabric/ordering'
import { blockFromPeer, chainInfo, discoverConfig, discoverPeers, joinPeer, peerChannels } from '@cello/fabric/peers'
import { prepareUpdate } from './config-update.ts'
import { deployContract } from './contract.ts'
import { everyNodeObeys } from './every-node.ts'
import { joinAll, type RealNetwork, type RunningOrderer, skipReason, startNetwork } from './network.ts'

const channel = 'harbour'

async function isLeader({ operations }: RunningOrderer): Promise<boolean> {
  await using rest = openRest(operations)
  return consensusOf(await readMetrics(rest), channel)?.isLeader ?? false
}

async function leaderOf(orderers: readonly RunningOrderer[]): Promise<RunningOrderer> {
  return pollUntil({ doing: 'see a leader', channel }, async () => {
    for (const orderer of orderers) if (await isLeader(orderer)) return orderer
    return undefined
  })
}

const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code

for (const version of ['3.1.5', '2.5.16'] as const) {
  describe(`three Raft orderers of Fabric ${version}`, { skip: skipReason(version) }, () => {
    let network: RealNetwork
    before(async () => {
      network = await startNetwork({ version, consensus: 'etcdraft', orderers: 3, peers: [1, 1], channel })
      await joinAll(network)
    })
    after(() => network[Symbol.asyncDispose]())
    const first = <T>([item]: readonly T[]): T => {
      assert.ok(item)
      return item
    }

    test('the participation API lists what was joined, and refuses in words what cannot be', async () => {
      await using participation = openParticipation(first(network.orderers).admin)
      assert.deepEqual(await participation.list(), [channel])
      const shown = await participation.show(channel)
      assert.deepEqual(
        { ...shown, height: 0 },
        { name: channel, consensusRelation: 'consenter', status: 'active', height: 0 },
      )
      await assert.rejects(participation.join(network.genesis), hasCode('ALREADY_DONE'))
      await assert.rejects(participation.show('nowhere'), hasCode('NOT_FOUND'))
      await assert.rejects(participation.remove('nowhere'), hasCode('ALREADY_DONE'))
      await assert.rejects(participation.join(new Uint8Array([1, 2, 3])), hasCode('INVALID'))
      await assert.rejects(participation.list({ signal: AbortSignal.abort() }), hasCode('CANCELLED'))
    })

    test('the participation API refuses a client without a certificate', async () => {
      const { clientCertificate: _, clientKey: __, ...anonymous } = first(network.orderers).admin
      await using participation = openParticipation(anonymous)
      await assert.rejects(participation.list(), FabricError)
    })

    test('blocks come over the participation API where this Fabric has it', async () => {
      await using participation = openParticipation(first(network.orderers).admin)
      if (version === '2.5.16') {
        await assert.rejects(participation.update(new Uint8Array()), hasCode('INVALID'))
      } else {
        const block = await participation.block(channel, 'config')
        const genesis = await blockFromOrderer(first(network.orderers).connection, network.ordererAdmin, {
          channel,
          block: 0,
        })
        assert.deepEqual(block, genesis.serializeBinary())
      }
    })

    test('a peer joins once, lists its channels and says what it does not know', async () => {
      const { connection, admin } = first(network.peers)
      await assert.rejects(joinPeer(connection, admin, network.genesis), hasCode('ALREADY_DONE'))
      assert.deepEqual(await peerChannels(connection, admin), [channel])
      await assert.rejects(chainInfo(connection, admin, 'nowhere'), hasCode('NOT_FOUND'))
      await assert.rejects(chainInfo(connection, network.ordererAdmin, channel), hasCode('DENIED'))
      await assert.rejects(blockFromPeer(connection, admin, { channel, number: 99 }), hasCode('NOT_FOUND'))
      await assert.rejects(joinPeer(connection, network.user('Org1'), network.genesis), hasCode('DENIED'))
    })

    test('a peer gives a block by its number and by its hash', async () => {
      const { connection, admin } = first(network.peers)
      const { height, currentHash } = await chainInfo(connection, admin, channel)
      const byHash = await blockFromPeer(connection, admin, { channel, hash: currentHash })
      const byNumber = await blockFromPeer(connection, admin, { channel, number: height - 1 })
      assert.deepEqual(byHash.serializeBinary(), byNumber.serializeBinary())
      const unknown = { channel, hash: new Uint8Array(32) }
      await assert.rejects(blockFromPeer(connection, admin, unknown), hasCode('NOT_FOUND'))
    })

    test('gossip tells each peer of the other organization, and the config names orderers', async () => {
      for (const { connection, admin } of network.peers) {
        const found = await pollUntil({ doing: 'see all peers', channel }, async (limits) => {
          const peers = await discoverPeers(connection, admin, channel, limits)
          return peers.length === 2 ? peers : undefined
        })
        assert.deepEqual(found.map(({ mspId }) => mspId).sort(), ['Org1MSP', 'Org2MSP'])
        assert.deepEqual(
          found.map(({ endpoint }) => endpoint).sort(),
          network.peers.map(({ plan }) => `${plan.host}:${plan.port}`).sort(),
        )
      }
      const { connection, admin } = first(network.peers)
      const config = await discoverConfig(connection, admin, channel)
      assert.equal(config.orderers['OrdererMSP']?.length, 3)
      assert.deepEqual(config.mspIds.toSorted(), ['OrdererMSP', 'Org1MSP', 'Org2MSP'])
    })

    test('deliver reads a range, fails at a missing block, falls silent in time, and ends when left', async () => {
      const { connection } = first(network.orderers)
      const signer = network.ordererAdmin
      await leaderOf(network.orderers)
      const numbers: number[] = []
      for await (const block of deliverFromOrderer(connection, signer, { channel, from: 'oldest', to: 'newest' })) {
        numbers.push(block.getHeader()?.getNumber() ?? -1)
      }
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => index),
      )
      await assert.rejects(blockFromOrderer(connection, signer, { channel, block: 999 }), hasCode('NOT_FOUND'))
      await assert.rejects(blockFromOrderer(connection, signer, { channel: 'nowhere', block: 0 }), hasCode('NOT_FOUND'))
      const next = { channel, from: numbers.length }
      const stream = deliverFromOrderer(connection, signer, next, { timeoutMs: 100 })
      await assert.rejects(stream.next(), hasCode('DEADLINE_EXCEEDED'))
      const abort = new AbortController()
      const waiting = deliverFromOrderer(connection, signer, next, { signal: abort.signal }).next()
      setTimeout(() => abort.abort(), 30)
      await assert.rejects(waiting, hasCode('CANCELLED'))
      const config = await configBlockFromOrderer(connection, signer, channel)
      assert.equal(config.getHeader()?.getNumber(), 0)
    })

    test('a config update goes in over the participation API where this Fabric has it', async () => {
      const leader = await leaderOf(network.orderers)
      await using participation = openParticipation(leader.admin)
      const { envelope } = await prepareUpdate(network, (it) => setBatch(it, { maxMessageCount: 43 }))
      if (version === '2.5.16') await submitToOrderers([leader.connection], envelope, { channel })
      else await participation.update(envelope)
      await everyNodeObeys(network, 1)
      if (version !== '2.5.16') await assert.rejects(participation.update(envelope), hasCode('CONFLICT'))
    })

    test('an update for a channel that the orderer has not joined leaves it answering', async () => {
      const { connection, admin } = first(network.orderers)
      await using participation = openParticipation(admin)
      const { config } = configFromBlock(await configBlockFromOrderer(connection, network.ordererAdmin, channel))
      const update = computeUpdate('nowhere', config, setBatch(config, { maxMessageCount: 44 })).serializeBinary()
      const signatures = await signConfigUpdateByAll(update, [network.ordererAdmin])
      const envelope = await configUpdateEnvelope({ update, signatures, submitter: network.ordererAdmin })
      await assert.rejects(participation.update(envelope.serializeBinary()), hasCode('NOT_FOUND'))
      assert.deepEqual(await participation.list(), [channel])
    })

    test('with the leader killed the two others order on, and it catches up when it is back', async () => {
      const { connection, admin } = first(network.peers)
      await deployContract(network, { name: 'kv', version: '1', sequence: 1 })
      const gateway = openGateway(connection, network.user('Org1'))
      const put = (value: string) =>
        gateway.invoke({ channel, contract: 'kv', name: 'put', args: ['ship', value] }, { timeoutMs: 90_000 })
      await put('in harbour')
      const leader = await leaderOf(network.orderers)
      await leader.process.kill()
      const { commit } = await put('at sea')
      assert.equal(commit.validationCode, 'VALID')
      leader.process.start()
      const { height } = await chainInfo(connection, admin, channel)
      await using participation = openParticipation(leader.admin)
      const back = await pollUntil(
        { doing: 'catch up', channel },
        async (limits) => {
          const status = await participation.show(channel, limits)
          return status.height >= height ? status : undefined
        },
        { timeoutMs: 90_000 },
      )
      assert.equal(back.status, 'active')
    })
  })
}
