import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peer } from '@hyperledger/fabric-protos'
import { freePort } from '../testing/free-port.ts'
import { until } from '../testing/until.ts'
import { shimMessage, Type } from './shim-message.ts'
import { type CallingOptions, openCalling } from './testing/calling.ts'
import { completed, type FakeBehaviour, openFakeService, registration, reply } from './testing/fake-service.ts'
import { definitionOf, packageAt, testChannel } from './testing/test-channel.ts'

const id = 'fake_1:0123'

async function withService(behaviour: Partial<FakeBehaviour>, more: Partial<CallingOptions> = {}) {
  const stack = new AsyncDisposableStack()
  const service = stack.use(await openFakeService({ id, ...behaviour }))
  const channel = stack.use(testChannel('mychannel'))
  const installed = packageAt(id, service.address, { dialTimeoutMs: 60_000 })
  const calling = stack.use(
    openCalling({ channels: [channel], deployed: [{ definition: definitionOf('fake'), installed }], ...more }),
  )
  return { service, channel, calling, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('a contract that never answers is given up in Fabric’s words, and its late requests are refused', async () => {
  const late: peer.ChaincodeMessage[] = []
  await using world = await withService(
    {
      onMessage(message, stream) {
        if (message.getType() === Type.ERROR) late.push(message)
        if (message.getType() !== Type.TRANSACTION) return
        const request = new peer.GetState()
        request.setKey('a')
        setTimeout(() => stream.write(reply(message, Type.GET_STATE, request.serializeBinary())), 150)
      },
    },
    { executeTimeoutMs: 100 },
  )
  await assert.rejects(world.calling.call('fake', ['wait']), {
    message: 'error sending: timeout expired while executing transaction',
  })
  assert.equal(world.channel.simulating, 0)
  assert.deepEqual(world.calling.counted, ['chaincode_execute_timeouts'])
  await until(() => late.length === 1)
  assert.match(
    Buffer.from(late[0]?.getPayload_asU8() ?? []).toString(),
    /^GET_STATE failed: transaction ID: 0+1: no ledger context$/,
  )
})

test('a stream that breaks fails all its calls at once, and the next call dials anew', async () => {
  let calls = 0
  await using world = await withService({
    onMessage(message, stream) {
      if (message.getType() !== Type.TRANSACTION) return
      calls++
      if (calls === 2) stream.end()
      if (calls > 2) stream.write(completed(message, 200, 'anew'))
    },
  })
  const broken = await Promise.allSettled([world.calling.call('fake', ['a']), world.calling.call('fake', ['b'])])
  for (const call of broken) {
    assert.equal(call.status === 'rejected' && call.reason.message, 'error sending: chaincode stream terminated')
  }
  assert.equal((await world.calling.call('fake', ['c'])).text, 'anew')
  assert.equal(world.service.connections, 2)
  assert.equal(world.channel.simulating, 0)
})

test('a contract that registers under another name, under none, or does something else first is refused at once', async () => {
  const cases: [FakeBehaviour['onConnect'] & {}, RegExp][] = [
    [
      (stream) => void stream.write(registration('other:1')),
      /not accept external chaincode connection other:1 \(except in dev mode\)$/,
    ],
    [(stream) => void stream.write(registration('')), /chaincodeID name is empty$/],
    [
      (stream) => void stream.write(shimMessage(Type.GET_STATE)),
      /cannot handle message \(GET_STATE\) while in created state$/,
    ],
    [(stream) => stream.end(), /error handling chaincode stream for fake_1:0123: EOF$/],
    [(stream) => void stream.write(shimMessage(Type.REGISTER, { payload: Buffer.from('rubbish') })), /name is empty$/],
  ]
  for (const [onConnect, words] of cases) {
    await using world = await withService({ onConnect })
    await assert.rejects(world.calling.call('fake', ['x']), (error: Error) => {
      assert.match(error.message, words)
      return error.message.startsWith(`could not launch chaincode ${id}: `)
    })
    assert.equal(world.channel.simulating, 0)
  }
})

test('a contract that says nothing on its stream is given up after the start time-out', async () => {
  await using world = await withService({ onConnect: () => {} }, { startTimeoutMs: 2_000 })
  await assert.rejects(world.calling.call('fake', ['x']), {
    message: `could not launch chaincode ${id}: timeout expired while starting chaincode ${id} for transaction`,
  })
})

test('where nobody listens, dialling ends with its time-out, in Fabric’s words, and the next call tries again', async () => {
  const address = '127.0.0.1:1'
  using channel = testChannel('mychannel')
  const installed = packageAt(id, address, { dialTimeoutMs: 1_000 })
  await using calling = openCalling({
    channels: [channel],
    deployed: [{ definition: definitionOf('fake'), installed }],
    // Longer than this test may last: its time-out is all that ends the dialling.
    refusedPatienceMs: 600_000,
  })
  const words = `connection to ${id} failed: error cannot create connection for ${id}: error creating grpc connection to ${address}: failed to create new connection: connection error: desc = "transport: error while dialing: dial tcp ${address}: connect: connection refused"`
  for (const attempt of [1, 2]) {
    // The one that waits for another’s attempt is told so, as in Fabric.
    const [first, second] = await Promise.allSettled([calling.call('fake', ['x']), calling.call('fake', ['y'])])
    const refusal = first.status === 'rejected' && first.reason.message
    assert.equal(refusal, `could not launch chaincode ${id}: ${words}`, `attempt ${attempt}`)
    const said = second.status === 'rejected' && second.reason.message
    assert.equal(said, `could not launch chaincode ${id}: chaincode registration failed: ${words}`)
  }
})

test('a contract that is dialled before it is called is there, and one that was not there then is dialled again', async () => {
  await using world = await withService({
    onMessage(message, stream) {
      if (message.getType() === Type.TRANSACTION) stream.write(completed(message, 200, 'there'))
    },
  })
  const { runtime, said } = world.calling
  runtime.dial(packageAt(id, world.service.address))
  await until(() => said.includes('a contract is ready'))
  assert.equal((await world.calling.call('fake', ['a'])).text, 'there')
  assert.equal(world.service.connections, 1)

  const [absent, port] = ['fake_2:0123', await freePort()]
  const address = `localhost:${port}`
  // The first dialling ends soon, the call's own lasts as long as it must.
  const patience = [100]
  const connection = async () => ({ address, dialTimeoutMs: patience.shift() ?? 60_000 })
  const installed = { ...packageAt(absent, address), connection }
  const channel = world.channel
  await using calling = openCalling({
    channels: [channel],
    deployed: [{ definition: definitionOf('fake'), installed }],
    refusedPatienceMs: 60_000,
  })
  calling.runtime.dial(installed)
  const call = calling.call('fake', ['a'])
  await until(() => calling.said.includes('a contract could not be reached'))
  await using _service = await openFakeService(
    {
      id: absent,
      onMessage(message, stream) {
        if (message.getType() === Type.TRANSACTION) stream.write(completed(message, 200, 'late'))
      },
    },
    undefined,
    port,
  )
  assert.equal((await call).text, 'late')
})

test('rubbish ends the stream and not the peer', async () => {
  let calls = 0
  let refusals = 0
  await using world = await withService({
    onMessage(message, stream) {
      if (message.getType() === Type.ERROR) refusals++
      if (message.getType() !== Type.TRANSACTION) return
      calls++
      if (calls === 1) stream.write(reply(message, Type.REGISTERED, new Uint8Array()))
      if (calls === 2) stream.write(reply(message, Type.COMPLETED, Buffer.from([0xff, 0xff])))
      if (calls === 3) stream.write(reply(message, Type.GET_STATE, Buffer.from([0xff, 0xff])))
      if (calls === 4) stream.write(completed(message, 200, 'well'))
    },
  })
  await assert.rejects(world.calling.call('fake', ['x']), { message: 'error sending: chaincode stream terminated' })
  await assert.rejects(world.calling.call('fake', ['x']), /failed to unmarshal response for transaction 0+2/)
  const gone = new AbortController()
  const asked = world.calling.call('fake', ['x'], { signal: gone.signal })
  const cancelled = assert.rejects(asked, { message: 'error sending: context canceled' })
  await until(() => refusals === 1)
  gone.abort()
  await cancelled
  assert.equal((await world.calling.call('fake', ['x'])).text, 'well')
})

test('answers and requests for calls that there are not go nowhere', async () => {
  await using world = await withService({
    onMessage(message, stream) {
      if (message.getType() !== Type.TRANSACTION) return
      const stranger = shimMessage(Type.COMPLETED, { txId: 'stranger', channel: 'mychannel' })
      stream.write(stranger)
      stream.write(shimMessage(Type.PUT_STATE, { txId: message.getTxid(), channel: 'otherchannel' }))
      stream.write(shimMessage(Type.KEEPALIVE))
      stream.write(completed(message, 200, 'mine'))
    },
  })
  const { text, results } = await world.calling.call('fake', ['x'])
  assert.equal(text, 'mine')
  assert.ok(!Buffer.from(results).includes('otherchannel'))
})

test('a contract may send 40 MB, and an error message is no response', async () => {
  await using world = await withService({
    onMessage(message, stream) {
      if (message.getType() !== Type.TRANSACTION) return
      const [name] = peer.ChaincodeInput.deserializeBinary(message.getPayload_asU8()).getArgsList_asU8()
      if (Buffer.from(name ?? []).toString() === 'large') {
        const request = new peer.PutState()
        request.setKey('large')
        request.setValue(Buffer.alloc(40_000_000, 'x'))
        stream.write(reply(message, Type.PUT_STATE, request.serializeBinary()))
        stream.write(completed(message, 200, 'taken'))
      } else {
        stream.write(reply(message, Type.ERROR, Buffer.from('[x] Transaction execution failed')))
      }
    },
  })
  const { text, results } = await world.calling.call('fake', ['large'])
  assert.equal(text, 'taken')
  assert.ok(results.length > 40_000_000)
  await assert.rejects(world.calling.call('fake', ['fail']), { message: '[x] Transaction execution failed' })
})

test('a second request of a call while one is answered is dropped, and the runtime keeps streams awake', async () => {
  const answers: number[] = []
  const pending: (() => void)[] = []
  const slow = { invoke: () => new Promise<never>((_resolve, reject) => pending.push(() => reject(new Error('late')))) }
  await using world = await withService(
    {
      onMessage(message, stream) {
        answers.push(message.getType())
        if (message.getType() === Type.TRANSACTION) {
          const spec = new peer.ChaincodeSpec()
          const name = new peer.ChaincodeID()
          name.setName('slow')
          spec.setChaincodeId(name)
          spec.setInput(new peer.ChaincodeInput())
          stream.write(reply(message, Type.INVOKE_CHAINCODE, spec.serializeBinary()))
          stream.write(reply(message, Type.GET_STATE, new peer.GetState().serializeBinary()))
          const failing = setInterval(() => {
            if (pending.length === 0 || !answers.includes(Type.KEEPALIVE)) return
            clearInterval(failing)
            pending.forEach((fail) => fail())
          }, 100)
        } else if (message.getType() === Type.ERROR) {
          stream.write(completed(message, 200, Buffer.from(message.getPayload_asU8()).toString()))
        }
      },
    },
    { system: new Map([['slow', slow]]), keepaliveMs: 20 },
  )
  const { text } = await world.calling.call('fake', ['x'])
  assert.match(text, /^INVOKE_CHAINCODE failed: transaction ID: 0+1: execute failed: late$/)
  assert.ok(answers.includes(Type.KEEPALIVE))
  assert.ok(!answers.includes(Type.RESPONSE))
})
