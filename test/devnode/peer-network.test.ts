/** One orderer and two peers of the devnode: the unchanged library, Gateway client and shim work on them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { pollUntil } from '@cello/fabric'
import { contractEvents, openGateway } from '@cello/fabric/gateway'
import { chainInfo, discoverPeers } from '@cello/fabric/peers'
import { devnode } from './agreement/runtimes.ts'
import { channel } from './ordering.ts'
import { type DeployedContract, deployKv, type Member, untilEndorsed } from './peer-kv.ts'
import { type PeerNetwork, type RunningPeer, startPeerNetwork } from './peers/network.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
const call = (name: string, ...args: string[]) => ({ channel, contract: 'kv', name, args })

describe('a network of the devnode', () => {
  let network: PeerNetwork
  let contract: DeployedContract
  const member = ({ connection, org }: RunningPeer): Member => ({ connection, admin: org.admin })
  const gatewayOf = (at: 0 | 1 = 0) => openGateway(network.peers[at].connection, network.peers[at].org.user)
  const pageOf = async (path: string) =>
    (await fetch(`http://127.0.0.1:${network.peers[0].ports.operations}${path}`)).text()

  before(async () => {
    network = await startPeerNetwork(devnode)
    const [first, second] = network.peers
    contract = await deployKv([member(first), member(second)], channel, network.ordering.folder)
  })
  after(async () => {
    await contract?.[Symbol.asyncDispose]()
    await network?.[Symbol.asyncDispose]()
  })

  test('an invoke is VALID at both peers, and a query at either sees it', async () => {
    const { result, commit } = await gatewayOf(0).invoke(call('put', 'tea', '7'))
    assert.equal(text(result), '7')
    assert.equal(commit.validationCode, 'VALID')
    await pollUntil({ doing: 'commit at the other peer', channel }, async () => {
      const { height } = await chainInfo(network.peers[1].connection, network.peers[1].org.admin, channel)
      return height > commit.blockNumber || undefined
    })
    for (const at of [0, 1] as const) assert.equal(text(await gatewayOf(at).evaluate(call('get', 'tea'))), '7')
  })

  test('contract events come once each', async () => {
    const { height } = await chainInfo(network.peers[0].connection, network.peers[0].org.admin, channel)
    for (const value of ['1', '2']) await gatewayOf().invoke(call('put', 'event', value))
    const seen: string[] = []
    for await (const event of contractEvents(
      gatewayOf(),
      { channel, contract: 'kv' },
      { from: { blockNumber: height } },
    )) {
      seen.push(JSON.parse(text(event.payload)).value)
      if (seen.length === 2) break
    }
    assert.deepEqual(seen, ['1', '2'])
  })

  test('peers of both organizations are discovered at each', async () => {
    for (const { connection, org } of network.peers) {
      const found = await discoverPeers(connection, org.admin, channel)
      assert.deepEqual(found.map(({ mspId }) => mspId).sort(), ['Org1MSP', 'Org2MSP'])
    }
  })

  test('operations tell health, version and the metrics that monitoring reads', async () => {
    assert.match(await pageOf('/healthz'), /"OK"/)
    assert.match(await pageOf('/version'), /devnode/)
    const page = await pageOf('/metrics')
    const { height } = await chainInfo(network.peers[0].connection, network.peers[0].org.admin, channel)
    assert.match(page, new RegExp(`ledger_blockchain_height\\{channel="${channel}"\\} ${height}`))
    assert.match(page, new RegExp(`gossip_membership_total_peers_known\\{channel="${channel}"\\} 1`))
    assert.match(
      page,
      /ledger_transaction_count\{[^}]*transaction_type="ENDORSER_TRANSACTION"[^}]*validation_code="VALID"/,
    )
    for (const name of [
      'endorser_proposals_received',
      'endorser_successful_proposals',
      'endorser_proposal_duration_bucket',
      'grpc_server_unary_requests_completed',
      'ledger_block_processing_time_count',
    ]) {
      assert.match(page, new RegExp(`^${name}[ {]`, 'm'))
    }
  })

  test('a peer that is killed comes back with all that it committed, and goes on', async () => {
    const [peer] = network.peers
    const { height } = await chainInfo(peer.connection, peer.org.admin, channel)
    await peer.process.kill()
    peer.process.start()
    await pollUntil({ doing: 'read the chain again', channel }, async () => {
      const info = await chainInfo(peer.connection, peer.org.admin, channel).catch(() => undefined)
      return info && info.height >= height ? info : undefined
    })
    await untilEndorsed(member(peer), channel, 'kv')
    assert.equal(text(await gatewayOf().evaluate(call('get', 'tea'))), '7')
    const { commit } = await gatewayOf().invoke(call('put', 'tea', '8'))
    assert.equal(commit.validationCode, 'VALID')
  })
})
