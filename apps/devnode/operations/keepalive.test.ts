import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client, credentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { common, peer } from '@hyperledger/fabric-protos'
import { testOrganization } from '../endorsement/testing/test-organization.ts'
import type { ServerKeepalive } from '../settings/server-keepalive.ts'
import { listenGrpc } from './grpc-listener.ts'
import { tlsClient } from './tls-client.ts'

type Call = ServerDuplexStream<common.Envelope, peer.DeliverResponse>

const lenient: ServerKeepalive = { intervalMs: 3_600_000, timeoutMs: 20_000, minIntervalMs: 0 }
/** Answers to pings take no longer, even where other tests have the machine. */
const strict: ServerKeepalive = { ...lenient, intervalMs: 40, timeoutMs: 1_500 }

for (const tls of [false, true]) {
  const over = tls ? 'over TLS' : 'in plain'

  const deaths: Record<string, (call: Call) => void> = {
    'a reader that died without a word is let go': () => {},
    // Until no more goes into the connection.
    'so is one that died in the middle of much that it was told': (call) => {
      while (call.write(responseOf(new Uint8Array(64 * 1024))));
    },
  }
  for (const [title, tell] of Object.entries(deaths)) {
    test(`${title}, ${over}: its call ends and its connection is closed`, async () => {
      await using node = await startNode({ tls, keepalive: strict })
      await using way = await startWay(node.port)
      await using _reader = node.reader(way.port)
      const call = await node.called()
      const cancelled = once(call, 'cancelled')
      // At once: a machine that stands still for longer than the time-out would have the node let go of a reader that lives.
      way.cut()
      tell(call)
      await cancelled
      await way.onwardClosed()
    })
  }

  test(`a reader that says nothing and answers pings is kept, ${over}`, async () => {
    await using node = await startNode({ tls, keepalive: { ...strict, timeoutMs: 20_000 } })
    await using way = await startWay(node.port)
    await using reader = node.reader(way.port)
    const call = await node.called()
    await reader.hears()
    await way.passed(5)
    assert.equal(call.cancelled, false)
    call.write(responseOf())
    await reader.hears()
  })

  test(`a reader that reads on is cut off when the node stops, ${over}`, async () => {
    await using node = await startNode({ tls, keepalive: lenient })
    await using reader = node.reader(node.port)
    const call = await node.called()
    await reader.hears()
    const cancelled = once(call, 'cancelled')
    await node.stop()
    await cancelled
  })

  test(`a client that pings more often than it may is told to be calm, and cut off, ${over}`, async () => {
    const clock = { ms: 0 }
    await using node = await startNode({ tls, keepalive: { ...lenient, minIntervalMs: 60_000 }, now: () => clock.ms })
    await using client = await node.rawClient()
    for (let n = 0; n < 8; n++, clock.ms += 60_000) assert.equal(await client.ping(), 'answered', `in time, ping ${n}`)
    // The clock stands at the moment that the next one may come; the three after it come too early.
    for (let n = 0; n < 3; n++) assert.equal(await client.ping(), 'answered', `ping ${n}`)
    const told = once(client.session, 'goaway')
    void client.ping()
    const [code, , why] = await told
    assert.deepEqual([code, String(why)], [11, 'too_many_pings'])
    await client.closed
  })

  test(`pings of a client that is told something in between are free, ${over}`, async () => {
    await using node = await startNode({ tls, keepalive: { ...lenient, minIntervalMs: 60_000 }, now: () => 0 })
    await using client = await node.rawClient()
    const stream = client.session.request({
      ':method': 'POST',
      ':path': '/protos.Deliver/Deliver',
      'content-type': 'application/grpc',
    })
    stream.on('error', () => undefined)
    stream.write(Buffer.alloc(5))
    const call = await node.called()
    for (let n = 0; n < 8; n++) {
      const heard = once(stream, 'data')
      call.write(responseOf())
      await heard
      for (const one of [1, 2]) assert.equal(await client.ping(), 'answered', `ping ${one} of turn ${n}`)
    }
  })
}

function responseOf(bytes = new Uint8Array(1)): peer.DeliverResponse {
  const block = new common.Block()
  const data = new common.BlockData()
  data.addData(bytes)
  block.setData(data)
  const response = new peer.DeliverResponse()
  response.setBlock(block)
  return response
}

/** Tells a reader one thing when it asks, and then nothing unless the test does. */
async function startNode(options: { tls: boolean; keepalive: ServerKeepalive; now?: () => number }) {
  const { tls, keepalive, now } = options
  const folder = mkdtempSync(join(tmpdir(), 'devnode-keepalive-'))
  const organization = testOrganization('Org1MSP')
  const { certificate, key } = organization.member('peer')
  const paths = { certificate: join(folder, 'cert.pem'), privateKey: join(folder, 'key.pem') }
  writeFileSync(paths.certificate, certificate)
  writeFileSync(paths.privateKey, key)
  const { promise: called, resolve } = Promise.withResolvers<Call>()
  const deliver = (call: Call) => {
    call.on('error', () => undefined)
    call.once('data', () => {
      call.write(responseOf())
      resolve(call)
    })
  }
  const implementation = { deliver, deliverFiltered: deliver, deliverWithPrivateData: deliver }
  const listener = await listenGrpc({
    listen: { host: '127.0.0.1', port: 0 },
    tls: { enabled: tls, ...paths, clientRoots: [], clientAuthRequired: false },
    maxReceive: 1_000_000,
    maxSend: 1_000_000,
    keepalive,
    services: [{ definition: peer.DeliverService, implementation }],
    ...(now ? { now } : {}),
  })
  return {
    port: listener.port,
    stop: () => listener[Symbol.asyncDispose](),
    called: () => called,
    rawClient: () => rawClient(listener.port, tls ? organization.root : undefined),
    reader: (port: number) => {
      const client = new Client(
        `localhost:${port}`,
        tls ? tlsClient([organization.root]) : credentials.createInsecure(),
      )
      const { path, requestSerialize, responseDeserialize } = peer.DeliverService.deliver
      const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize)
      stream.on('error', () => undefined)
      stream.write(new common.Envelope())
      return {
        hears: () => once(stream, 'data'),
        async [Symbol.asyncDispose]() {
          stream.cancel()
          client.close()
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A way to a node that can lose one end as a host does that loses power: it takes nothing any more, and says nothing. */
async function startWay(onwardPort: number) {
  const sockets: Socket[] = []
  const onwards: Promise<unknown>[] = []
  const watchers = new Set<() => void>()
  let isCut = false
  const listener = createServer((socket) => {
    const onward = connect(onwardPort, '127.0.0.1')
    for (const one of [socket, onward]) sockets.push(one.on('error', () => undefined))
    onwards.push(new Promise((resolve) => onward.once('end', resolve).once('close', resolve)))
    socket.on('data', (bytes) => isCut || onward.write(bytes))
    onward.on('data', (bytes) => {
      if (isCut) return
      socket.write(bytes)
      for (const watcher of watchers) watcher()
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  assert.ok(typeof address === 'object' && address)
  return {
    port: address.port,
    cut: () => {
      isCut = true
      for (const socket of sockets) socket.pause()
    },
    /** Resolves when the node has spoken that many times more. */
    passed: (times: number) =>
      new Promise<void>((resolve) => {
        let left = times
        const watcher = () => {
          if (--left > 0) return
          watchers.delete(watcher)
          resolve()
        }
        watchers.add(watcher)
      }),
    /** Resolves when the node has closed every connection. What it wrote before must be read to see that. */
    onwardClosed: () => {
      for (const socket of sockets) socket.resume()
      return Promise.all(onwards)
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      listener.close()
    },
  }
}

async function rawClient(port: number, root: string | undefined) {
  const session: ClientHttp2Session =
    root === undefined
      ? connectHttp2(`http://127.0.0.1:${port}`)
      : connectHttp2(`https://127.0.0.1:${port}`, { ca: root, servername: 'localhost' })
  session.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => session.once('close', resolve))
  await once(session, 'remoteSettings')
  return {
    session,
    closed,
    ping: () => new Promise<string>((resolve) => session.ping((error) => resolve(error ? error.message : 'answered'))),
    async [Symbol.asyncDispose]() {
      session.destroy()
    },
  }
}
