import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import { openConnections } from '../neighbours/connections.ts'
import { openBroadcastStreams } from './broadcast-streams.ts'
import { serve } from './testing/test-gateway.ts'

const { BAD_REQUEST, SUCCESS } = common.Status
type Call = ServerDuplexStream<common.Envelope, orderer.BroadcastResponse>

/** Refuses what is signed `bad`, and then takes nothing more from the stream, as orderers do; says nothing to `silent`. */
async function strictOrderer() {
  const taken: string[] = []
  let streams = 0
  const server = await serve(orderer.AtomicBroadcastService, {
    broadcast(call: Call) {
      streams++
      let isOver = false
      call.on('data', (envelope: common.Envelope) => {
        const name = Buffer.from(envelope.getSignature_asU8()).toString()
        if (isOver || name === 'silent') return
        isOver = name === 'bad'
        if (!isOver) taken.push(name)
        const response = new orderer.BroadcastResponse()
        response.setStatus(isOver ? BAD_REQUEST : SUCCESS)
        call.write(response)
        if (isOver) call.end()
      })
      call.on('end', () => call.end())
    },
    deliver: (call: ServerDuplexStream<common.Envelope, orderer.DeliverResponse>) => call.end(),
  })
  return { ...server, taken, streams: () => streams }
}

async function opened(timeoutMs = 60_000) {
  const stack = new DisposableStack()
  const server = stack.use(await strictOrderer())
  const broadcasts = stack.use(openBroadcastStreams(stack.use(openConnections()), timeoutMs))
  const send = async (name: string, signal = new AbortController().signal) => {
    const envelope = new common.Envelope()
    envelope.setSignature(Buffer.from(name))
    return (await broadcasts.send({ address: server.address, roots: [] }, envelope, signal)).getStatus()
  }
  return { server, send, [Symbol.dispose]: () => stack.dispose() }
}

test('envelopes share a stream, and each gets its own answer', async () => {
  using running = await opened()
  const names = Array.from({ length: 20 }, (_, index) => `envelope-${index}`)
  const statuses = await Promise.all(names.map((name) => running.send(name)))
  assert.ok(statuses.every((status) => status === SUCCESS))
  assert.deepEqual([running.server.taken, running.server.streams()], [names, 1])
})

test('what waits behind a refused envelope goes again, once', async () => {
  using running = await opened()
  const statuses = await Promise.all(['one', 'bad', 'two', 'bad', 'three'].map((name) => running.send(name)))
  assert.deepEqual(statuses, [SUCCESS, BAD_REQUEST, SUCCESS, BAD_REQUEST, SUCCESS])
  assert.deepEqual(running.server.taken, ['one', 'two', 'three'])
})

test('an answer that does not come in time fails, and holds up nobody who comes later', async () => {
  using running = await opened(1_500)
  await assert.rejects(running.send('silent'), { code: 4 })
  assert.equal(await running.send('later'), SUCCESS)
})

test('who goes waits no longer, and a broken stream fails what is on it', async () => {
  using running = await opened()
  const gone = new AbortController()
  const sent = running.send('silent', gone.signal)
  gone.abort()
  await assert.rejects(sent, /context canceled/)
  const other = running.send('silent')
  const refused = assert.rejects(other, /CANCELLED|UNAVAILABLE/)
  await new Promise((resolve) => setTimeout(resolve, 100))
  running.server[Symbol.dispose]()
  await refused
})
