import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import { type Connection, openConnection } from '../connection.ts'
import { FabricError } from '../errors.ts'
import { type LocalNode, startLocalNode } from '../testing/local-node.ts'
import { bftQuorum, broadcast, submitToOrderers } from './broadcast.ts'

type Answer = readonly [status: common.StatusMap[keyof common.StatusMap], info?: string]
type BroadcastCall = ServerDuplexStream<common.Envelope, orderer.BroadcastResponse>

const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code
const subject = { channel: 'alpha', transactionId: 'tx1' }
const envelope = new common.Envelope().serializeBinary()
const { SUCCESS, SERVICE_UNAVAILABLE, FORBIDDEN, BAD_REQUEST } = common.Status

/** An orderer that gives its answers one after the other, the last one for ever; `silence` never answers. */
function startOrderer(...answers: readonly (Answer | 'silence')[]): Promise<LocalNode> {
  const left = [...answers]
  return startLocalNode((server) =>
    server.addService(orderer.AtomicBroadcastService, {
      deliver: (call: BroadcastCall) => call.end(),
      broadcast: (call: BroadcastCall) => {
        call.on('data', () => {
          const next = left.length > 1 ? left.shift() : left[0]
          if (!next || next === 'silence') return
          const response = new orderer.BroadcastResponse()
          response.setStatus(next[0])
          response.setInfo(next[1] ?? '')
          call.write(response)
        })
      },
    }),
  )
}

async function withOrderers(
  orderers: readonly (readonly (Answer | 'silence')[])[],
  use: (connections: readonly Connection[]) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const connections: Connection[] = []
  for (const answers of orderers) {
    const node = stack.use(await startOrderer(...answers))
    connections.push(stack.use(openConnection(node.endpoint)))
  }
  await use(connections)
}

test('acceptance is quiet, and a missing leader, a refusal and a moved config are told apart', async () => {
  const cases = [
    [[SERVICE_UNAVAILABLE, 'no Raft leader'], 'NOT_READY'],
    [[FORBIDDEN, 'permission denied'], 'DENIED'],
    [[BAD_REQUEST, 'whatever'], 'INVALID'],
    [
      [BAD_REQUEST, 'requires that key [Group]  /Channel be at version 0, but it is currently at version 1'],
      'CONFLICT',
    ],
  ] as const
  await withOrderers([[[SUCCESS]]], async ([one]) => {
    assert.ok(one)
    await broadcast(one, envelope, subject)
  })
  for (const [answer, code] of cases) {
    await withOrderers([[answer]], async ([one]) => {
      assert.ok(one)
      await assert.rejects(broadcast(one, envelope, subject), hasCode(code))
    })
  }
})

test('under Raft a missing leader is waited out, and another orderer is tried', async () => {
  await withOrderers(
    [[[SERVICE_UNAVAILABLE, 'no Raft leader']], [[SERVICE_UNAVAILABLE], [SERVICE_UNAVAILABLE], [SUCCESS]]],
    (all) => submitToOrderers(all, envelope, subject),
  )
  await withOrderers([[[FORBIDDEN, 'permission denied']]], (all) =>
    assert.rejects(submitToOrderers(all, envelope, subject), hasCode('DENIED')),
  )
  await withOrderers([[[SERVICE_UNAVAILABLE, 'no Raft leader']]], (all) =>
    assert.rejects(submitToOrderers(all, envelope, subject, { timeoutMs: 120 }), hasCode('DEADLINE_EXCEEDED')),
  )
  await assert.rejects(submitToOrderers([], envelope, subject), hasCode('INVALID'))
})

test('an orderer that has not joined or still follows does not speak for the others', async () => {
  const follows: Answer = [BAD_REQUEST, 'channel does not exist']
  await withOrderers([[follows], [[SERVICE_UNAVAILABLE, 'no Raft leader'], [SUCCESS]]], (all) =>
    submitToOrderers(all, envelope, subject),
  )
  const accept = 'quorum' as const
  await withOrderers([[[SUCCESS]], [[SUCCESS]], [follows], [[SERVICE_UNAVAILABLE], [SUCCESS]]], (all) =>
    submitToOrderers(all, envelope, subject, { accept }),
  )
  for (const options of [{}, { accept }]) {
    await withOrderers([[follows], [follows]], (all) =>
      assert.rejects(submitToOrderers(all, envelope, subject, options), hasCode('NOT_FOUND')),
    )
  }
})

test('under BFT a quorum decides, whatever one orderer does', async () => {
  const known: Answer = [SERVICE_UNAVAILABLE, 'failed to submit request: request already exists']
  const accept = 'quorum' as const
  const timeoutMs = 60_000
  for (const odd of ['silence', [FORBIDDEN, 'permission denied'], [SERVICE_UNAVAILABLE]] as const) {
    await withOrderers([[[SUCCESS]], [[SUCCESS]], [known], [odd]], (all) =>
      submitToOrderers(all, envelope, subject, { accept, timeoutMs }),
    )
  }
  await withOrderers(
    [[[SUCCESS]], [[FORBIDDEN, 'permission denied']], [[FORBIDDEN, 'permission denied']], [[SUCCESS]]],
    (all) => assert.rejects(submitToOrderers(all, envelope, subject, { accept, timeoutMs }), hasCode('DENIED')),
  )
})

test('a quorum is what SmartBFT computes', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 10].map(bftQuorum), [1, 2, 2, 3, 4, 4, 5, 7])
})
