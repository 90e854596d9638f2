/** Whatever comes in, the orderer answers with a proper status and goes on. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Connection, FabricError } from '@cello/fabric'
import { setBatch } from '@cello/fabric/config'
import { seededRandom } from '@cello/kit'
import { status as grpcStatus } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import { bent } from './bent.ts'
import { message, seek, update } from './messages.ts'
import { channel, planOrdering, startOrderer } from './ordering.ts'
import { devnodeOrderer } from './program.ts'
import { askAdmin, form } from './raw-clients.ts'

const inputs = 2_000
/** Kept small: a handshake each. */
const restInputs = 500
/** Bytes that memory may grow by in the later half of the inputs, garbage not yet collected included. */
const growth = 40 * 2 ** 20

/** Milliseconds without an answer that fail an input; a deliver request may rightly wait for ever. */
const patienceMs = 3_000

type Method = 'broadcast' | 'deliver'

/** Sends bytes as they are. @returns the status inside the first answer, or that of the call */
function send({ client }: Connection, method: Method, bytes: Buffer): Promise<{ answer?: number; call?: number }> {
  const { path } = orderer.AtomicBroadcastService[method]
  return new Promise((resolve, reject) => {
    const call = client.makeBidiStreamRequest(
      path,
      (it: Buffer) => it,
      (it: Buffer) => it,
      {
        deadline: Date.now() + patienceMs,
      },
    )
    call.on('data', (answer: Buffer) => {
      call.cancel()
      const isStatus = answer[0] === 0x08
      resolve({ answer: isStatus ? orderer.BroadcastResponse.deserializeBinary(answer).getStatus() : 200 })
    })
    call.on('error', (error: Error & { code?: number }) => resolve({ call: error.code ?? -1 }))
    call.on('end', () => reject(new Error('no answer')))
    call.write(bytes)
  })
}

const residentBytes = (pid: number | undefined): number => {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1_024
}

test(`${inputs} bent messages on each method and ${restInputs} bent forms: no crash, a proper status`, {
  timeout: 180_000,
}, async () => {
  using ordering = await planOrdering({ batch: { timeout: '20ms' } })
  await using running = await startOrderer(ordering, devnodeOrderer)
  await running.participation.join(ordering.genesis)
  const random = seededRandom(20_261_122)
  const genesis = common.Block.deserializeBinary(ordering.genesis)
  const changed = await update(genesis, (config) => setBatch(config, { timeout: '10ms' }), {
    signers: [ordering.ordererAdmin],
    submitter: ordering.ordererAdmin,
  })
  const seeds = {
    broadcast: [await message(ordering.member, 'hello'), changed],
    deliver: [await seek(ordering.member, { from: 0, to: 0 }), await seek(ordering.member, { from: 'newest', to: 0 })],
  }
  const fromFabric: ReadonlySet<number> = new Set(Object.values(common.Status))
  const proper: ReadonlySet<number | undefined> = new Set([
    grpcStatus.INTERNAL, // not a message: as Go's gRPC says
    grpcStatus.DEADLINE_EXCEEDED, // a request to wait
  ])
  let early = 0
  for (const method of ['broadcast', 'deliver'] as const) {
    for (let index = 0; index < inputs; index++) {
      const seed = seeds[method][index % 2]
      assert.ok(seed)
      const bytes = bent(seed.serializeBinary(), random)
      const { answer, call } = await send(running.connection, method, bytes)
      const isProper = answer === undefined ? proper.has(call) : fromFabric.has(answer)
      assert.ok(isProper, `${method} ${index}: status ${answer}, call ${call}, for ${bytes.toString('hex')}`)
    }
    if (method === 'broadcast') early = residentBytes(running.process.pid)
  }
  for (let index = 0; index < restInputs; index++) {
    const { headers, body } = form({ 'config-block': bent(ordering.genesis, random) })
    const whole = body && index % 3 === 0 ? bent(body, random) : Buffer.from(body ?? [])
    const call = {
      method: index % 2 === 0 ? 'POST' : 'PUT',
      path: '/participation/v1/channels',
      ...(headers && { headers }),
    }
    const { status } = await askAdmin(ordering, { ...call, body: whole })
    assert.ok(status >= 400 && status < 500, `form ${index}: ${status} for ${whole.toString('hex')}`)
  }
  assert.ok(residentBytes(running.process.pid) - early < growth, 'memory grows with bad input')
  assert.equal((await running.participation.show(channel)).status, 'active')
  await assert.rejects(running.participation.join(ordering.genesis), FabricError)
})
