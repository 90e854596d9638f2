/** Whatever comes in on any method, a peer answers with a proper status, goes on, and does not grow. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Connection } from '@cello/fabric'
import { openGateway } from '@cello/fabric/gateway'
import { chainInfo, deliverFilteredFromPeer, discoverPeers } from '@cello/fabric/peers'
import { seededRandom } from '@cello/kit'
import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js'
import { gateway, gossip, peer } from '@hyperledger/fabric-protos'
import { devnode } from './agreement/runtimes.ts'
import { bent } from './bent.ts'
import { channel } from './ordering.ts'
import { deployKv } from './peer-kv.ts'
import { type RunningPeer, startPeerNetwork } from './peers/network.ts'

/** Of all methods together; the long run asks for 50,000. */
const inputs = Number(process.env['DEVNODE_FUZZ_INPUTS'] ?? 4_000)
/** Bytes that memory may be larger after all inputs than after the first tenth. */
const growth = 20 * 2 ** 20
/** Calls at a time. */
const width = 8
/** Milliseconds; a request for blocks may rightly wait for ever. */
const patienceMs = 1_000

interface Request {
  readonly path: string
  readonly bytes: Buffer
  readonly isStream: boolean
}

/** What gRPC's client says by itself when the other side is gone, or broke off without a status. */
const withoutStatus =
  /^(Connection dropped|No connection established|Stream|Call cancelled|Received RST|(read|write|connect) E)/

const same = (bytes: Buffer): Buffer => bytes

interface Ending {
  /** 0 for an answer. */
  readonly code: number
  readonly details: string
}

const answered: Ending = { code: grpcStatus.OK, details: '' }
const endingOf = ({ code, details }: ServiceError): Ending => ({ code, details })

function send({ client }: Connection, { path, bytes, isStream }: Request): Promise<Ending> {
  const options = { deadline: Date.now() + patienceMs }
  return new Promise((resolve) => {
    if (!isStream) {
      client.makeUnaryRequest(path, same, same, bytes, options, (error) => resolve(error ? endingOf(error) : answered))
      return
    }
    const call = client.makeBidiStreamRequest(path, same, same, options)
    call.on('error', (error: ServiceError) => resolve(endingOf(error)))
    call.on('end', () => resolve(answered))
    call.on('data', () => {
      resolve(answered)
      call.cancel()
    })
    call.end(bytes)
  })
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
  one.set('/cello.devnode.Neighbours/Exchange', {
    path: '/cello.devnode.Neighbours/Exchange',
    bytes: any,
    isStream: false,
  })
  for (const { path } of Object.values(gateway.GatewayService)) assert.ok(one.has(path), `no request for ${path}`)
  return [...one.values()]
}

const residentBytes = (pid: number | undefined): number => {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1_024
}

test(`${inputs} bent requests over all methods: no crash, a proper status`, { timeout: 1_800_000 }, async () => {
  await using network = await startPeerNetwork(devnode)
  const [running, second] = network.peers
  const members = [running, second].map(({ connection, org }) => ({ connection, admin: org.admin }))
  const [first, ...others] = members
  assert.ok(first)
  await using _contract = await deployKv([first, ...others], channel, network.ordering.folder)
  const seeds = await seedsOf(running)
  const random = seededRandom(20_261_122)
  const { pid } = running.process
  let [next, early] = [0, 0]
  const worker = async () => {
    while (next < inputs) {
      const index = next++
      const seed = seeds[index % seeds.length]
      assert.ok(seed)
      const request = { ...seed, bytes: bent(seed.bytes, random) }
      const { code, details } = await send(running.connection, request)
      const about = `${seed.path} ${index}: ${code} ${details} for ${request.bytes.toString('hex')}`
      assert.ok(!withoutStatus.test(details), about)
      if (index === Math.floor(inputs / 10)) early = residentBytes(pid)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  const grown = residentBytes(pid) - early
  assert.ok(grown < growth, `memory grew by ${Math.round(grown / 2 ** 20)} MiB`)
  const { commit } = await openGateway(running.connection, running.org.user).invoke({
    channel,
    contract: 'kv',
    name: 'put',
    args: ['tea', '8'],
  })
  assert.equal(commit.validationCode, 'VALID')
})
