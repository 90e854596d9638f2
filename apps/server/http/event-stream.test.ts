import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import Fastify from 'fastify'
import { type StreamEvent, streamEvents } from './event-stream.ts'

/** A server with one endless stream, and what became of it. */
async function endless(patienceMs: number, size: number) {
  const seen = { sent: 0, isLeft: false }
  async function* source(): AsyncIterable<StreamEvent> {
    try {
      for (;;) {
        seen.sent += 1
        yield { event: 'x', data: 'x'.repeat(size) }
        await new Promise((resolve) => setImmediate(resolve))
      }
    } finally {
      seen.isLeft = true
    }
  }
  const stopping = new AbortController()
  const app = Fastify()
  app.get('/', (request, reply) =>
    streamEvents(request, reply, async () => source(), { heartbeatMs: 1000, signal: stopping.signal, patienceMs }),
  )
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    seen,
    url,
    port: Number(new URL(url).port),
    stop: () => stopping.abort(),
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await app.close()
    },
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 60_000
  while (!isSo()) {
    assert.ok(performance.now() < end, 'it did not come about')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a client that stops reading is cut off, and little is kept for it', async () => {
  await using server = await endless(100, 64 * 1024)
  const socket = connect(server.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
  socket.on('error', () => {})
  socket.pause()
  await until(() => server.seen.isLeft)
  // What waits here, and what the kernel took for the two sockets.
  assert.ok(server.seen.sent * 64 < 32 * 1024, `${server.seen.sent} events were sent`)
  socket.destroy()
})

test('a source is left when its client goes, and when the server stops', async () => {
  await using first = await endless(1000, 10)
  const leaving = new AbortController()
  await fetch(first.url, { signal: leaving.signal })
  leaving.abort()
  await until(() => first.seen.isLeft)

  await using second = await endless(1000, 10)
  const answer = await fetch(second.url)
  second.stop()
  assert.match(await answer.text(), /^retry: 1000\n\nevent: x\ndata: "xxxxxxxxxx"\n\n/)
  assert.ok(second.seen.isLeft)
})
