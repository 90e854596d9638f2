import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { test } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import { channelHeader, payloadBytes } from '../codec/index.ts'
import type { Endpoint } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { localServer, localTls } from '../testing/local-node.ts'
import { readMetrics } from './metrics.ts'
import { openParticipation } from './participation.ts'
import { openRest } from './rest.ts'

type Handler = (request: IncomingMessage, answer: ServerResponse) => unknown
const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code

async function listening(server: Server): Promise<{ port: number } & AsyncDisposable> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address)
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function startAdmin(handler: Handler): Promise<{ endpoint: Endpoint } & AsyncDisposable> {
  const tls = { key: localServer.privateKey, cert: localServer.certificate, ca: localServer.root, requestCert: true }
  const server = await listening(
    createServer({ ...tls, rejectUnauthorized: true }, (request, answer) => void handler(request, answer)),
  )
  return {
    endpoint: { ...localTls, host: '127.0.0.1', port: server.port },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const answerWith =
  (status: number, body: unknown): Handler =>
  (_, answer) =>
    answer.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))

const info = {
  name: 'alpha',
  url: '/participation/v1/channels/alpha',
  consensusRelation: 'consenter',
  status: 'active',
  height: 3,
}

test('a join posts the block as the one file of a form and reads the answer', async () => {
  const block = new Uint8Array([1, 2, 13, 10, 45, 45, 255])
  let form: FormData | undefined
  await using admin = await startAdmin(async (request, answer) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    form = await new Response(Buffer.concat(parts), {
      headers: { 'Content-Type': request.headers['content-type'] ?? '' },
    }).formData()
    answerWith(201, info)(request, answer)
  })
  await using participation = openParticipation(admin.endpoint)
  const { url: _, ...expected } = info
  assert.deepEqual(await participation.join(block), expected)
  const file = form?.get('config-block')
  assert.ok(file instanceof File)
  assert.deepEqual(new Uint8Array(await file.arrayBuffer()), block)
  assert.deepEqual([...(form?.keys() ?? [])], ['config-block'])
})

test('who asks on at once asks over the same connection', async () => {
  await using admin = await startAdmin((request, answer) => {
    ports.add(request.socket.remotePort)
    answerWith(200, request.url === '/participation/v1/channels/alpha' ? info : { channels: [info] })(request, answer)
  })
  const ports = new Set<number | undefined>()
  await using participation = openParticipation(admin.endpoint)
  for (const name of await participation.list()) assert.equal((await participation.show(name)).height, 3)
  assert.equal(ports.size, 1)
})

test('an empty list is null in Go and a list here; a channel name stays one path segment', async () => {
  const paths: string[] = []
  await using admin = await startAdmin((request, answer) => {
    paths.push(request.url ?? '')
    answerWith(200, request.url?.endsWith('channels') ? { systemChannel: null, channels: null } : info)(request, answer)
  })
  await using participation = openParticipation(admin.endpoint)
  assert.deepEqual(await participation.list(), [])
  await participation.show('../../metrics')
  assert.deepEqual(paths, ['/participation/v1/channels', '/participation/v1/channels/..%2F..%2Fmetrics'])
})

test('refusals are told apart by their text first and their status second', async () => {
  const cases = [
    [405, 'cannot join: channel already exists', 'ALREADY_DONE'],
    [409, 'cannot join: channel pending removal', 'NOT_READY'],
    [405, 'invalid request method: PUT', 'INVALID'],
    [403, 'cannot update: channel is not ready, he is a follower', 'NOT_READY'],
    [400, 'invalid join block: block is not a config block', 'INVALID'],
    [500, 'cannot join: channel removal failure', 'PROTOCOL'],
  ] as const
  for (const [status, error, code] of cases) {
    await using admin = await startAdmin(answerWith(status, { error }))
    await using participation = openParticipation(admin.endpoint)
    await assert.rejects(participation.update(new Uint8Array()), (thrown) => {
      assert.ok(thrown instanceof FabricError)
      assert.equal(thrown.code, code, error)
      assert.equal(thrown.facts.status, `HTTP ${status}`)
      assert.match(thrown.message, /node the local node/)
      assert.ok(thrown.facts.next, error)
      return true
    })
  }
})

test('a refused join or update names the channel of what was sent', async () => {
  const header = channelHeader({ type: common.HeaderType.CONFIG, channelId: 'alpha' })
  const envelope = new common.Envelope()
  envelope.setPayload(payloadBytes(header, new common.SignatureHeader(), new Uint8Array()))
  const data = new common.BlockData()
  data.addData(envelope.serializeBinary())
  const block = new common.Block()
  block.setData(data)
  await using admin = await startAdmin(answerWith(400, { error: 'invalid join block: no' }))
  await using participation = openParticipation(admin.endpoint)
  for (const act of [
    () => participation.join(block.serializeBinary()),
    () => participation.update(envelope.serializeBinary()),
  ]) {
    await assert.rejects(act, { code: 'INVALID', message: /\(node the local node, channel alpha\)/ })
  }
  await assert.rejects(participation.join(new Uint8Array([255])), {
    code: 'INVALID',
    message: /\(node the local node\)/,
  })
})

test('an update goes to no orderer that follows the channel only, since that one would answer nobody again', async () => {
  const update = new common.ConfigUpdate()
  update.setChannelId('alpha')
  const data = new common.ConfigUpdateEnvelope()
  data.setConfigUpdate(update.serializeBinary())
  const header = channelHeader({ type: common.HeaderType.CONFIG_UPDATE, channelId: 'another' })
  const envelope = new common.Envelope()
  envelope.setPayload(payloadBytes(header, new common.SignatureHeader(), data.serializeBinary()))
  const methods: string[] = []
  for (const [consensusRelation, status] of [
    ['follower', 'active'],
    ['consenter', 'onboarding'],
  ] as const) {
    await using admin = await startAdmin((request, answer) => {
      methods.push(`${request.method} ${request.url}`)
      answer.writeHead(200).end(JSON.stringify({ ...info, consensusRelation, status }))
    })
    await using participation = openParticipation(admin.endpoint)
    await assert.rejects(participation.update(envelope.serializeBinary()), hasCode('NOT_READY'))
  }
  assert.deepEqual(new Set(methods), new Set(['GET /participation/v1/channels/alpha']))
})

test('what is no answer of this API is a PROTOCOL error', async () => {
  for (const body of ['<html>', { channels: [7] }, { name: 'alpha', height: 'many' }]) {
    await using admin = await startAdmin(answerWith(200, body))
    await using participation = openParticipation(admin.endpoint)
    await assert.rejects(participation.show('alpha'), hasCode('PROTOCOL'))
  }
})

test('silence, a dead port, a wrong name and a missing certificate are told apart', async () => {
  await using admin = await startAdmin(() => undefined)
  await using silent = openParticipation(admin.endpoint)
  await assert.rejects(silent.list({ timeoutMs: 80 }), hasCode('DEADLINE_EXCEEDED'))
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 20)
  await assert.rejects(silent.list({ signal: abort.signal }), hasCode('CANCELLED'))
  await using misnamed = openParticipation({ ...admin.endpoint, serverName: 'elsewhere.test' })
  await assert.rejects(misnamed.list(), hasCode('DENIED'))
  const { clientCertificate: _, clientKey: __, ...anonymous } = admin.endpoint
  await using nobody = openParticipation(anonymous)
  await assert.rejects(nobody.list(), FabricError)
  await using nowhere = openParticipation({ ...admin.endpoint, port: 1 })
  await assert.rejects(nowhere.list(), hasCode('UNREACHABLE'))
})

test('a connection that the node closes while a request is on its way is no failure of the node', async () => {
  const asked = new WeakSet<object>()
  await using admin = await startAdmin((request, answer) => {
    // As Fabric's after 10 s without a request: the second one over a connection finds it closed.
    if (asked.has(request.socket)) return void request.socket.destroy()
    asked.add(request.socket)
    answer.writeHead(request.method === 'DELETE' ? 204 : 200).end(JSON.stringify({ channels: [{ name: 'alpha' }] }))
  })
  await using participation = openParticipation(admin.endpoint)
  for (const _ of [1, 2, 3]) {
    assert.deepEqual(await participation.list(), ['alpha'])
    await participation.remove('alpha')
  }
})

test('plain HTTP goes to loopback alone, and metrics that are off say how to turn them on', async () => {
  await using server = await listening(createPlainServer((_, answer) => answer.writeHead(404).end()))
  const plain = { node: 'orderer0', host: '127.0.0.1', port: server.port, tlsRoots: [] }
  await using rest = openRest(plain)
  await assert.rejects(readMetrics(rest), /Set metrics\.provider to prometheus/)
  assert.throws(() => openRest({ ...plain, host: 'example.test' }), hasCode('INVALID'))
})
