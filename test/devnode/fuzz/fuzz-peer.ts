/** For tests only: bent requests on every method that a peer serves. */
import assert from 'node:assert/strict'
import { openGateway } from '@cello/fabric/gateway'
import { chainInfo, deliverFilteredFromPeer, discoverPeers } from '@cello/fabric/peers'
import { seededRandom } from '@cello/kit'
import { gateway, gossip, peer } from '@hyperledger/fabric-protos'
import { bent } from '../bent.ts'
import { bundledPrograms } from '../bundled.ts'
import { channel } from '../ordering.ts'
import { deployKv } from '../peer-kv.ts'
import { type RunningPeer, startPeerNetwork } from '../peers/network.ts'
import { sendAll } from './inputs.ts'
import { assertProper, type Request, send } from './sending.ts'

/** @returns growth of memory in MiB */
export async function fuzzPeer(inputs: number): Promise<number> {
  using programs = await bundledPrograms()
  const { orderer, peer: peerProgram } = programs
  await using network = await startPeerNetwork({ kind: 'devnode', orderer, peers: [peerProgram, peerProgram] })
  const [running, second] = network.peers
  const [first, ...others] = [running, second].map(({ connection, org }) => ({ connection, admin: org.admin }))
  assert.ok(first)
  await using _contract = await deployKv([first, ...others], channel, network.ordering.folder)
  const seeds = await seedsOf(running)
  const random = seededRandom(20_261_122)
  const one = async (index: number) => {
    const seed = seeds[index % seeds.length]
    assert.ok(seed)
    const request = { ...seed, bytes: bent(seed.bytes, random) }
    assertProper(request, await send(running.connection, request))
  }
  const growth = await sendAll({ count: inputs, process: running.process, width: 8, one })
  const call = { channel, contract: 'kv', name: 'put', args: ['tea', '8'] }
  const { commit } = await openGateway(running.connection, running.org.user).invoke(call)
  assert.equal(commit.validationCode, 'VALID')
  return growth
}

/** What `work` asks of the peer, as it goes over the wire. */
async function recorded({ connection }: RunningPeer, work: () => Promise<unknown>): Promise<readonly Request[]> {
  const seen: Request[] = []
  const { client } = connection
  const note =
    <Q>(path: string, encode: (message: Q) => Buffer, isStream: boolean) =>
    (message: Q) => {
      const bytes = encode(message)
      seen.push({ path, bytes, isStream })
      return bytes
    }
  const originals = {
    makeUnaryRequest: client.makeUnaryRequest,
    makeBidiStreamRequest: client.makeBidiStreamRequest,
    makeServerStreamRequest: client.makeServerStreamRequest,
  }
  for (const [name, original] of Object.entries(originals)) {
    const isStream = name !== 'makeUnaryRequest'
    Object.assign(client, {
      [name]: (path: string, encode: (message: unknown) => Buffer, ...rest: unknown[]) =>
        Reflect.apply(original, client, [path, note(path, encode, isStream), ...rest]),
    })
  }
  await work()
  Object.assign(client, originals)
  return seen
}

/** One good request for each method; for those that nobody calls, any bytes. */
async function seedsOf(running: RunningPeer): Promise<readonly Request[]> {
  const { connection, org } = running
  const call = { channel, contract: 'kv', name: 'put', args: ['tea', '7'] }
  const found = await recorded(running, async () => {
    const open = openGateway(connection, org.user)
    const { commit } = await open.invoke(call)
    await open.evaluate({ ...call, name: 'get', args: ['tea'] })
    for await (const event of await open
      .network(channel)
      .getChaincodeEvents('kv', { startBlock: BigInt(commit.blockNumber) })) {
      assert.equal(event.eventName, 'put')
      break
    }
    await chainInfo(connection, org.admin, channel)
    await discoverPeers(connection, org.admin, channel)
    for await (const _ of deliverFilteredFromPeer(connection, org.admin, { channel, from: 0 })) break
  })
  const one = new Map(found.map((request) => [request.path, request]))
  const filtered = one.get(peer.DeliverService.deliverFiltered.path)
  assert.ok(filtered)
  for (const { path } of [peer.DeliverService.deliver, peer.DeliverService.deliverWithPrivateData]) {
    one.set(path, { ...filtered, path })
  }
  const any = Buffer.from('{"question":{"text":"{}","signature":""},"self":{}}')
  for (const { path, requestStream } of Object.values(gossip.GossipService)) {
    one.set(path, { path, bytes: any, isStream: requestStream })
  }
  for (const method of ['Exchange', 'FetchPrivate', 'PushPrivate']) {
    const path = `/cello.devnode.Neighbours/${method}`
    one.set(path, { path, bytes: any, isStream: false })
  }
  for (const { path } of Object.values(gateway.GatewayService)) assert.ok(one.has(path), `no request for ${path}`)
  return [...one.values()]
}
