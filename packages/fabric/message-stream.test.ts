import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import { openConnection } from './connection.ts'
import { FabricError } from './errors.ts'
import { deliverFromOrderer } from './ordering/deliver.ts'
import { localSigner, startLocalNode } from './testing/local-node.ts'

type DeliverCall = ServerDuplexStream<common.Envelope, orderer.DeliverResponse>
const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code

function blockAnswer(number: number): orderer.DeliverResponse {
  const header = new common.BlockHeader()
  header.setNumber(number)
  const block = new common.Block()
  block.setHeader(header)
  const answer = new orderer.DeliverResponse()
  answer.setBlock(block)
  return answer
}

function statusAnswer(status: common.StatusMap[keyof common.StatusMap]): orderer.DeliverResponse {
  const answer = new orderer.DeliverResponse()
  answer.setStatus(status)
  return answer
}

function startOrderer(deliver: (call: DeliverCall) => void) {
  return startLocalNode((server) =>
    server.addService(orderer.AtomicBroadcastService, { deliver, broadcast: (call: DeliverCall) => call.end() }),
  )
}

const range = { channel: 'alpha', from: 0 } as const
const signer = localSigner()

test('blocks come in order until the status that ends them', async () => {
  await using node = await startOrderer((call) => {
    call.on('data', () => {
      for (const number of [0, 1, 2]) call.write(blockAnswer(number))
      call.write(statusAnswer(common.Status.SUCCESS))
    })
  })
  await using connection = openConnection(node.endpoint)
  const blocks = await Array.fromAsync(deliverFromOrderer(connection, signer, range))
  assert.deepEqual(
    blocks.map((block) => block.getHeader()?.getNumber()),
    [0, 1, 2],
  )
})

test('a status other than success is an error in words', async () => {
  const expected = [
    [common.Status.NOT_FOUND, 'NOT_FOUND'],
    [common.Status.FORBIDDEN, 'DENIED'],
    [common.Status.SERVICE_UNAVAILABLE, 'NOT_READY'],
    [common.Status.BAD_REQUEST, 'INVALID'],
  ] as const
  for (const [status, code] of expected) {
    await using node = await startOrderer((call) => void call.on('data', () => call.write(statusAnswer(status))))
    await using connection = openConnection(node.endpoint)
    await assert.rejects(deliverFromOrderer(connection, signer, range).next(), hasCode(code))
  }
})

test('leaving the loop early ends the call at the server', async () => {
  const ended = Promise.withResolvers<void>()
  await using node = await startOrderer((call) => {
    call.on('cancelled', () => ended.resolve())
    call.on('data', () => call.write(blockAnswer(0)))
  })
  await using connection = openConnection(node.endpoint)
  for await (const block of deliverFromOrderer(connection, signer, range)) {
    assert.equal(block.getHeader()?.getNumber(), 0)
    break
  }
  await ended.promise
})

test('idle time counts only while somebody waits, and silence ends the stream', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  await using node = await startOrderer((call) => {
    call.on('data', () => {
      for (const number of [0, 1]) call.write(blockAnswer(number))
    })
  })
  await using connection = openConnection(node.endpoint)
  const stream = deliverFromOrderer(connection, signer, range, { timeoutMs: 80 })
  await stream.next()
  context.mock.timers.tick(160)
  assert.equal((await stream.next()).done, false, 'a slow reader is no silence')
  const silence = assert.rejects(stream.next(), hasCode('DEADLINE_EXCEEDED'))
  await setImmediate()
  context.mock.timers.tick(80)
  await silence
})

test('a stream that is cut is UNREACHABLE, and a fired signal CANCELLED', async () => {
  await using node = await startOrderer((call) => void call.on('data', () => call.write(blockAnswer(0))))
  await using connection = openConnection(node.endpoint)
  const abort = new AbortController()
  const aborted = deliverFromOrderer(connection, signer, range, { signal: abort.signal })
  await aborted.next()
  abort.abort()
  await assert.rejects(aborted.next(), hasCode('CANCELLED'))
  const cut = deliverFromOrderer(connection, signer, range)
  await cut.next()
  const waiting = cut.next()
  node.server.forceShutdown()
  await assert.rejects(waiting, FabricError)
})
