import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ServerDuplexStream, type ServerWritableStream, type sendUnaryData, status } from '@grpc/grpc-js'
import { common, gateway, peer } from '@hyperledger/fabric-protos'
import { openConnection, waitUntilConnected } from '../connection.ts'
import { FabricError } from '../errors.ts'
import { localSigner, startLocalNode } from '../testing/local-node.ts'
import { blockEvents, contractEvents, type EventPosition } from './events.ts'
import { openGateway } from './gateway.ts'

type EventsCall = ServerWritableStream<gateway.SignedChaincodeEventsRequest, gateway.ChaincodeEventsResponse>

const signer = localSigner()
const of = { channel: 'alpha', contract: 'kv' }

function eventsOf(blockNumber: number, ...transactionIds: readonly string[]): gateway.ChaincodeEventsResponse {
  const answer = new gateway.ChaincodeEventsResponse()
  answer.setBlockNumber(blockNumber)
  answer.setEventsList(
    transactionIds.map((transactionId) => {
      const event = new peer.ChaincodeEvent()
      event.setTxId(transactionId)
      event.setChaincodeId('kv')
      event.setEventName('put')
      return event
    }),
  )
  return answer
}

type Start = readonly [block: number | undefined, after: string]

function startPosition(call: EventsCall): Start {
  const request = gateway.ChaincodeEventsRequest.deserializeBinary(call.request.getRequest_asU8())
  return [request.getStartPosition()?.getSpecified()?.getNumber(), request.getAfterTransactionId()]
}

function startPeer(chaincodeEvents: (call: EventsCall) => void) {
  const unused = () => undefined
  const service = { endorse: unused, evaluate: unused, submit: unused, commitStatus: unused, chaincodeEvents }
  return startLocalNode((server) => server.addService(gateway.GatewayService, service))
}

test('a broken stream and a silent one are opened again after the last event taken', async () => {
  const starts: Start[] = []
  const again: Start[] = []
  await using node = await startPeer((call) => {
    const start = startPosition(call)
    if (start[1] === '') {
      starts.push(start)
      call.write(eventsOf(3, 'a', 'b'))
      setTimeout(() => call.emit('error', { code: status.UNAVAILABLE, details: 'going away' }), 20)
    } else if (again.push(start) > 1) call.write(eventsOf(4, 'c'))
  })
  await using connection = openConnection(node.endpoint)
  await waitUntilConnected(connection)
  const seen: string[] = []
  let last: EventPosition | undefined
  const from = { blockNumber: 3 }
  for await (const event of contractEvents(openGateway(connection, signer), of, { from, timeoutMs: 1_000 })) {
    seen.push(event.transactionId)
    last = event.position
    if (seen.length === 3) break
  }
  assert.deepEqual(seen, ['a', 'b', 'c'])
  assert.deepEqual(last, { blockNumber: 4, transactionId: 'c' })
  // More of either where the machine stood still for longer than the silence that is borne.
  assert.ok(again.length >= 2, 'the broken one and the silent one')
  for (const start of starts) assert.deepEqual(start, [3, ''])
  for (const start of again) assert.deepEqual(start, [3, 'b'])
})

test('a refusal ends the stream of events', async () => {
  await using node = await startPeer((call) => {
    call.emit('error', { code: status.PERMISSION_DENIED, details: 'access denied' })
  })
  await using connection = openConnection(node.endpoint)
  const events = contractEvents(openGateway(connection, signer), of, { from: { blockNumber: 0 } })
  await assert.rejects(events.next(), (error) => error instanceof FabricError && error.code === 'DENIED')
})

/** A peer of this height, which refuses blocks beyond it as Fabric does, and has them at the second try. */
function startBehind(height: number) {
  let tries = 0
  return startLocalNode((server) => {
    server.addService(peer.DeliverService, {
      deliverFiltered: () => undefined,
      deliverWithPrivateData: () => undefined,
      deliver: (call: ServerDuplexStream<common.Envelope, peer.DeliverResponse>) => {
        const answer = new peer.DeliverResponse()
        if (tries++ === 0) answer.setStatus(common.Status.NOT_FOUND)
        else answer.setBlock(blockOf(7))
        call.write(answer)
      },
    })
    server.addService(peer.EndorserService, {
      processProposal: (_: unknown, answer: sendUnaryData<peer.ProposalResponse>) => answer(null, chainOf(height)),
    })
  })
}

function blockOf(number: number): common.Block {
  const block = new common.Block()
  const header = new common.BlockHeader()
  header.setNumber(number)
  block.setHeader(header)
  return block
}

function chainOf(height: number): peer.ProposalResponse {
  const info = new common.BlockchainInfo()
  info.setHeight(height)
  const response = new peer.Response()
  response.setStatus(200)
  response.setPayload(info.serializeBinary())
  const answer = new peer.ProposalResponse()
  answer.setResponse(response)
  return answer
}

test('a peer that is behind a checkpoint is waited for, one that left the block out is not', async () => {
  const first = async (height: number) => {
    await using node = await startBehind(height)
    await using connection = openConnection(node.endpoint)
    for await (const block of blockEvents(connection, signer, { channel: 'alpha', from: 7 })) {
      return block.getHeader()?.getNumber()
    }
    return undefined
  }
  assert.equal(await first(5), 7)
  await assert.rejects(first(9), { code: 'NOT_FOUND' })
})
