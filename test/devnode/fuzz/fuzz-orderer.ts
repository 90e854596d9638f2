/** For tests only: bent requests on all that an orderer serves. */
import assert from 'node:assert/strict'
import { Agent } from 'node:https'
import { FabricError } from '@cello/fabric'
import { setBatch } from '@cello/fabric/config'
import { trustOf } from '@cello/fabric/identity'
import { seededRandom } from '@cello/kit'
import { status as grpcStatus } from '@grpc/grpc-js'
import { common, orderer } from '@hyperledger/fabric-protos'
import { bent } from '../bent.ts'
import { bundledPrograms } from '../bundled.ts'
import { message, seek, update } from '../messages.ts'
import { channel, type Ordering, planOrdering, type RunningOrderer, startOrderer } from '../ordering.ts'
import { askAdmin, form, type RestCall } from '../raw-clients.ts'
import { sendAll } from './inputs.ts'
import { assertProper, type Request, send } from './sending.ts'

const { broadcast, deliver } = orderer.AtomicBroadcastService

/** @returns growth of memory in MiB: by gRPC, by HTTP */
export async function fuzzOrderer(inputs: number, restInputs: number): Promise<readonly [number, number]> {
  using programs = await bundledPrograms()
  using ordering = await planOrdering({ batch: { timeout: '20ms' } })
  await using running = await startOrderer(ordering, programs.orderer)
  await running.participation.join(ordering.genesis)
  const random = seededRandom(20_261_122)
  const { process } = running
  const seeds = await seedsOf(ordering)
  const one = (index: number) => oneCall(running, seeds, random, index)
  const byCalls = await sendAll({ count: inputs, process, width: 8, one })
  const agent = agentOf(ordering)
  const byForms = await sendAll({
    count: restInputs,
    process,
    width: 4,
    one: (index) => oneForm({ ordering, agent, random }, index),
  })
  agent.destroy()
  assert.equal((await running.participation.show(channel)).status, 'active')
  await assert.rejects(running.participation.join(ordering.genesis), FabricError)
  return [byCalls, byForms]
}

async function seedsOf(ordering: Ordering): Promise<readonly Request[]> {
  const genesis = common.Block.deserializeBinary(ordering.genesis)
  const changed = await update(genesis, (config) => setBatch(config, { timeout: '10ms' }), {
    signers: [ordering.ordererAdmin],
    submitter: ordering.ordererAdmin,
  })
  const request = (path: string, envelope: common.Envelope) => ({
    path,
    bytes: Buffer.from(envelope.serializeBinary()),
    isStream: true,
  })
  const hello = await message(ordering.member, 'hello')
  return [
    request(broadcast.path, hello),
    request(deliver.path, await seek(ordering.member, { from: 0, to: 0 })),
    request(broadcast.path, changed),
    request(deliver.path, await seek(ordering.member, { from: 'newest', to: 0 })),
    request(orderer.ClusterService.step.path, hello),
    request('/orderer.ClusterNodeService/Step', hello),
  ]
}

const fromFabric: ReadonlySet<number> = new Set(Object.values(common.Status))
const properCodes: ReadonlySet<number> = new Set([
  grpcStatus.OK,
  grpcStatus.INTERNAL, // not a message: as Go's gRPC says
  grpcStatus.DEADLINE_EXCEEDED, // a request to wait
  grpcStatus.UNIMPLEMENTED, // what orderers ask each other
])

async function oneCall(
  { connection }: RunningOrderer,
  seeds: readonly Request[],
  random: () => number,
  index: number,
): Promise<void> {
  const seed = seeds[index % seeds.length]
  assert.ok(seed)
  const request = { ...seed, bytes: bent(seed.bytes, random) }
  const ending = await send(connection, request)
  assertProper(request, ending)
  const about = `${request.path} ${index}: ${ending.code} for ${request.bytes.toString('hex')}`
  assert.ok(properCodes.has(ending.code), about)
  // A status is the first field of both answers; a block is the second of deliver's.
  if (ending.answer?.[0] !== 0x08) return
  const status = orderer.BroadcastResponse.deserializeBinary(ending.answer).getStatus()
  assert.ok(fromFabric.has(status), `${about}: status ${status}`)
}

interface Forms {
  readonly ordering: Ordering
  readonly agent: Agent
  readonly random: () => number
}

/** Forms with bent blocks, bent forms, and odd paths. */
async function oneForm({ ordering, agent, random }: Forms, index: number): Promise<void> {
  const call = index % 4 === 3 ? oddPath(random) : bentForm(ordering, random, index)
  let { status } = await askAdmin(ordering, { ...call, agent })
  // A kept connection that the other side closes just now is no answer; a new one must give one.
  if (status === 0) ({ status } = await askAdmin(ordering, call))
  const about = `form ${index}: ${status} for ${call.method} ${call.path} ${Buffer.from(call.body ?? []).toString('hex')}`
  // Of what is there, GET shows it, or where it is.
  const isShown = call.method === 'GET' && (status === 200 || status === 302)
  assert.ok(isShown || (status >= 400 && status < 500), about)
}

function bentForm(ordering: Ordering, random: () => number, index: number): RestCall {
  const { headers, body } = form({ 'config-block': bent(ordering.genesis, random) })
  const whole = body && index % 3 === 0 ? bent(body, random) : Buffer.from(body ?? [])
  const method = index % 2 === 0 ? 'POST' : 'PUT'
  return { method, path: '/participation/v1/channels', ...(headers && { headers }), body: whole }
}

function oddPath(random: () => number): RestCall {
  const method = ['GET', 'DELETE', 'HEAD', 'PATCH'][Math.floor(random() * 3.99)] ?? 'GET'
  // Never the channel itself, which DELETE would remove.
  const tail = encodeURIComponent(bent(Buffer.from('channels/orderz/blocks/newest'), random).toString('latin1'))
  return { method, path: `/participation/v1/${tail.replaceAll('%2F', '/')}` }
}

function agentOf({ orderers, tls }: Ordering): Agent {
  return new Agent({
    keepAlive: true,
    cert: tls.certificate,
    key: tls.privateKey,
    ca: trustOf(orderers.tls).root,
    servername: 'localhost',
  })
}
