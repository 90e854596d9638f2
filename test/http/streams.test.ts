import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createClient } from '@cello/sdk'
import { listenOnLoopback } from '@cello/server/http'
import { smallNetwork } from '../simulation/platform.ts'
import { openServed, token } from './served.ts'

async function listening() {
  const served = await openServed()
  const { url, port } = await listenOnLoopback(served.app, 0)
  return { served, url, port, client: createClient({ baseUrl: url, token }) }
}

test('an operation is followed to its end, each event once and in order', async () => {
  const { served, client } = await listening()
  await using _ = served
  const { id } = await client.networks.create({ body: smallNetwork('demo') })
  const seen: number[] = []
  const ended = await client.waitForOperation(id, { onEvent: ({ seq }) => seen.push(seq) })
  assert.equal(ended.state, 'succeeded')
  assert.ok(seen.length > 10)
  assert.deepEqual(
    seen,
    [...new Set(seen)].sort((a, b) => a - b),
  )
  const again = await Array.fromAsync(
    client.operations.events({ params: { operation: id }, lastEventId: String(seen[4]) }),
  )
  assert.deepEqual(
    again.map(({ seq }) => seq),
    seen.slice(5),
  )
})

test('a stream that breaks is taken up after its last event', async () => {
  const { served, url } = await listening()
  await using _ = served
  const cutting = await cutAfter(url, 2000)
  const client = createClient({ baseUrl: cutting.url, token })
  const { id } = await client.networks.create({ body: smallNetwork('demo') })
  const events = await Array.fromAsync(client.operations.events({ params: { operation: id } }))
  cutting.close()
  const seqs = events.map(({ seq }) => seq)
  assert.ok(cutting.cuts() > 1, `${cutting.cuts()} cuts`)
  assert.deepEqual(
    seqs,
    [...new Set(seqs)].sort((a, b) => a - b),
  )
  assert.equal(events.at(-1)?.state, 'succeeded')
})

test('all events are followed from now, and leaving the loop closes the connection', async () => {
  const { served, url, client } = await listening()
  await using _ = served
  await client.waitForOperation((await client.networks.create({ body: smallNetwork('demo') })).id)
  const begun = Promise.withResolvers<void>()
  const follower = createClient({
    baseUrl: url,
    token,
    fetch: async (...call) => {
      const answer = await fetch(...call)
      begun.resolve()
      return answer
    },
  })
  const following = (async () => {
    for await (const event of follower.operations.allEvents()) return event
    return undefined
  })()
  await begun.promise
  const { id } = await client.networks.stop({ params: { network: 'demo' } })
  assert.equal((await following)?.operationId, id)
  await client.waitForOperation(id)
})

test('a log is followed, and a stream shows signs of life', async () => {
  const { served, client, port } = await listening()
  await using _ = served
  await client.waitForOperation((await client.networks.create({ body: smallNetwork('demo') })).id)
  const params = { network: 'demo', node: 'Org1/peer0' }
  const [line] = (await client.nodes.logs({ params, query: { tail: 5 } })).items
  assert.ok(line)
  const text = await readRaw(port, '/api/v1/events', (sofar) => /: alive\n\n[^]*: alive\n\n/.test(sofar)).all
  assert.match(text, /content-type: text\/event-stream/i)
})

test('a server that stops ends its streams and refuses new calls', async () => {
  const { served, client, port } = await listening()
  await using _ = served
  const reading = readRaw(port, '/api/v1/events')
  await reading.begun
  await served.app.close()
  await reading.all
  await assert.rejects(client.networks.list(), { code: 'UNREACHABLE' })
})

/** A proxy that cuts each event stream after so many bytes. */
async function cutAfter(target: string, bytes: number) {
  let cuts = 0
  const server = createServer((request, response) => void pass(request, response))
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await Array.fromAsync(request)
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: Object.fromEntries(
        Object.entries(request.headers)
          .filter(([name]) => !['host', 'connection', 'content-length'].includes(name))
          .map(([name, value]) => [name, String(value)]),
      ),
      ...(body.length > 0 ? { body: Buffer.concat(body) } : {}),
    })
    const type = answer.headers.get('content-type') ?? ''
    response.writeHead(answer.status, { 'content-type': type })
    let left = type.includes('event-stream') ? bytes : Number.POSITIVE_INFINITY
    for await (const chunk of answer.body ?? []) {
      const part = chunk.subarray(0, left)
      left -= part.length
      await new Promise((resolve) => response.write(part, resolve))
      if (left > 0) continue
      cuts += 1
      // Time for what was written to arrive before the connection is torn down.
      setTimeout(() => response.destroy(), 20)
      return
    }
    response.end()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    cuts: () => cuts,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

interface Reading {
  /** The answer has begun. */
  readonly begun: Promise<void>
  readonly all: Promise<string>
}

/** What comes over a bare socket until it is closed, by the server or by us once it is enough. */
function readRaw(port: number, path: string, isEnough: (text: string) => boolean = () => false): Reading {
  const begun = Promise.withResolvers<void>()
  const all = new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`),
    )
    socket.on('data', (chunk) => {
      text += chunk.toString()
      begun.resolve()
      if (isEnough(text)) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
  return { begun: begun.promise, all }
}
