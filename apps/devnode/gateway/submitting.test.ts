import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common, gateway, orderer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import { testBlock } from '../deliver/testing/test-blocks.ts'
import { testOrganization } from '../endorsement/testing/test-organization.ts'
import { testConfig, testPeerChannel } from '../neighbours/testing/test-peers.ts'
import { freeAddress } from '../testing/free-port.ts'
import { until } from '../testing/until.ts'
import { endorsed, ordererServer, refusal, type TestGateway, testGateway } from './testing/test-gateway.ts'

const organization = testOrganization('Org1MSP')
const { BAD_REQUEST, SERVICE_UNAVAILABLE, SUCCESS } = common.Status
const { GatewayService } = gateway

async function gatewayTo(orderers: readonly string[], consensus: 'etcdraft' | 'BFT' = 'etcdraft') {
  const config = testConfig({ channel: 'orders', organizations: [organization], orderers, consensus })
  return testGateway({ channel: testPeerChannel(config), organization, process: () => endorsed('one', '') })
}

function submit({ call }: TestGateway, signature = 'signed', channel = 'orders') {
  const transaction = new common.Envelope()
  transaction.setSignature(Buffer.from(signature))
  const request = new gateway.SubmitRequest()
  request.setChannelId(channel)
  request.setPreparedTransaction(transaction)
  return call(GatewayService.submit, request)
}

test('a transaction goes to any orderer that takes it', async () => {
  using good = await ordererServer({ status: SUCCESS })
  using busy = await ordererServer({ status: SERVICE_UNAVAILABLE })
  using running = await gatewayTo([busy.address, good.address, await freeAddress()])
  for (let count = 0; count < 5; count++) await submit(running)
  assert.equal(good.taken.length, 5)
  await assert.rejects(submit(running, ''), /prepared transaction must be signed/)
  await assert.rejects(submit(running, 'signed', 'nowhere'), /failed to get config for channel \[nowhere\]/)
})

test('a transaction at fault is tried at no other orderer, and what could not be reached is told', async () => {
  using strict = await ordererServer({ status: BAD_REQUEST, info: 'rubbish' })
  using running = await gatewayTo([strict.address])
  assert.deepEqual(await refusal(submit(running)), {
    code: 'ABORTED',
    message: 'received unsuccessful response from orderer: status=BAD_REQUEST, info=rubbish',
    said: [],
  })
  const gone = await freeAddress()
  using lost = await gatewayTo([gone])
  const { code, message, said } = await refusal(submit(lost))
  assert.deepEqual([code, message], ['UNAVAILABLE', 'no orderers could successfully process transaction'])
  assert.equal(said[0]?.address, gone)
})

test('with BFT a quorum of orderers must take it', async () => {
  using first = await ordererServer({ status: SUCCESS })
  using second = await ordererServer({ status: SUCCESS })
  using has = await ordererServer({
    status: SERVICE_UNAVAILABLE,
    info: 'failed to submit request: request already exists',
  })
  const gone = await freeAddress()
  using running = await gatewayTo([first.address, second.address, has.address, gone], 'BFT')
  await submit(running)
  using two = await gatewayTo([first.address, second.address, gone, await freeAddress()], 'BFT')
  const { code, said } = await refusal(submit(two))
  assert.equal(code, 'UNAVAILABLE')
  assert.equal(said.length, 2)
})

/** A channel with these transactions: each a block of one event, by id. */
function channelWith(txIds: readonly string[]) {
  const config = testConfig({ channel: 'orders', organizations: [organization] })
  const channel = testPeerChannel(config, txIds.length)
  const blocks = txIds.map((txId, number) => testBlock(number, txId))
  const waiting = new Set<() => void>()
  const asked = new Set<string>()
  const reading = {
    store: { read: async (number: number) => blocks[number] },
    state: {
      transaction(txId: string) {
        asked.add(txId)
        return txIds.includes(txId) ? { block: txIds.indexOf(txId), code: 11 } : undefined
      },
    },
    changed: (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        waiting.add(resolve)
        const leave = () => {
          waiting.delete(resolve)
          resolve()
        }
        signal.addEventListener('abort', leave, { once: true })
      }),
  }
  const whole = Object.defineProperties({ ...reading } as unknown as PeerChannel, {
    ...Object.getOwnPropertyDescriptors(channel),
    ...Object.getOwnPropertyDescriptors(reading),
  })
  return {
    channel: whole,
    /** Resolves when the transaction was looked for. */
    askedFor: (txId: string) => until(() => asked.has(txId)),
    /** Resolves when so many wait for the next block. */
    awaited: (count: number) => until(() => waiting.size === count),
    commit(txId: string) {
      blocks.push(testBlock(blocks.length, txId))
      channel.grow()
      for (const wake of waiting) wake()
      waiting.clear()
    },
  }
}

function statusOf({ call }: TestGateway, txId: string, signature = 'signed') {
  const request = new gateway.CommitStatusRequest()
  request.setChannelId('orders')
  request.setIdentity(Buffer.from('somebody'))
  request.setTransactionId(txId)
  const signed = new gateway.SignedCommitStatusRequest()
  signed.setRequest(request.serializeBinary())
  signed.setSignature(Buffer.from(signature))
  return call(GatewayService.commitStatus, signed)
}

test('what became of a transaction is told at once, or as soon as it is known', async () => {
  const { channel, commit, askedFor } = channelWith(['first'])
  using running = await testGateway({ channel, organization, process: () => endorsed('one', '') })
  const known = await statusOf(running, 'first')
  assert.deepEqual([known.getBlockNumber(), known.getResult()], [0, 11])
  const waited = statusOf(running, 'tx1')
  await askedFor('tx1')
  commit('tx1')
  assert.equal((await waited).getBlockNumber(), 1)
  assert.deepEqual(await refusal(statusOf(running, 'first', '')), {
    code: 'PERMISSION_DENIED',
    message: 'no right to gateway/CommitStatus',
    said: [],
  })
  await assert.rejects(statusOf(running, ''), /transaction ID should not be empty/)
})

/** Blocks of the events that come, until so many have. */
async function eventsOf({ client }: TestGateway, request: gateway.ChaincodeEventsRequest, count: number) {
  const signed = new gateway.SignedChaincodeEventsRequest()
  request.setChannelId('orders')
  request.setChaincodeId('basic')
  signed.setRequest(request.serializeBinary())
  signed.setSignature(Buffer.from('signed'))
  const { path, requestSerialize, responseDeserialize } = GatewayService.chaincodeEvents
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, signed)
  call.on('error', () => undefined) // it is cancelled below
  const seen: number[] = []
  for await (const response of call) {
    seen.push(response.getBlockNumber())
    if (seen.length === count) break
  }
  call.cancel()
  return seen
}

test('events of valid transactions come from a block on, after a transaction, or from now on', async () => {
  const { channel, commit, awaited } = channelWith(['first', 'invalid', 'third', 'fourth'])
  using running = await testGateway({ channel, organization, process: () => endorsed('one', '') })
  const from = new gateway.ChaincodeEventsRequest()
  const position = new orderer.SeekPosition()
  position.setSpecified(new orderer.SeekSpecified())
  from.setStartPosition(position)
  assert.deepEqual(await eventsOf(running, from, 3), [0, 2, 3])
  const after = new gateway.ChaincodeEventsRequest()
  after.setAfterTransactionId('third')
  assert.deepEqual(await eventsOf(running, after, 1), [3])
  await awaited(0)
  const next = eventsOf(running, new gateway.ChaincodeEventsRequest(), 1)
  await awaited(1)
  commit('fifth')
  assert.deepEqual(await next, [4])
})
