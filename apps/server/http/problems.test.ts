import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlatformError } from '@cello/model'
import Fastify, { LogController } from 'fastify'
import { pino } from 'pino'
import { sendProblem } from './problems.ts'

/** What is logged of a request that fails so. */
async function loggedOf(error: Error): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = []
  const loggerInstance = pino({}, { write: (line) => void lines.push(JSON.parse(line)) })
  const app = Fastify({ loggerInstance, logController: new LogController({ disableRequestLogging: true }) })
  app.setErrorHandler((thrown, request, reply) => sendProblem(thrown, request, reply))
  app.get('/', () => Promise.reject(error))
  await app.inject('/')
  await app.close()
  return lines
}

const error = 50
const warn = 40
const info = 30

test('a fault of ours is logged as an error, with its stack', async () => {
  for (const fault of [new TypeError('no such thing'), new PlatformError('LEDGER_PROTOCOL', { detail: 'odd' })]) {
    const [line] = await loggedOf(fault)
    assert.equal(line?.['level'], error)
    assert.match(JSON.stringify(line?.['err']), /problems\.test\.ts/)
  }
})

test('what happens to a network is logged in one line, with its cause and without a stack', async () => {
  const cause = new Error('connect ECONNREFUSED')
  const [line, ...more] = await loggedOf(
    new PlatformError('NODE_UNREACHABLE', { node: 'Org1/peer0', detail: 'it is down' }, { cause }),
  )
  assert.deepEqual(
    [line?.['level'], line?.['code'], line?.['detail'], line?.['cause'], more],
    [warn, 'NODE_UNREACHABLE', 'Node Org1/peer0 does not answer: it is down.', 'connect ECONNREFUSED', []],
  )
  assert.doesNotMatch(JSON.stringify(line), /problems\.test\.ts/)
})

test('what is not supported is told by the way', async () => {
  const [line] = await loggedOf(new PlatformError('UNSUPPORTED', { feature: 'a raft', reason: 'none' }))
  assert.equal(line?.['level'], info)
})

test('what a caller got wrong is not logged', async () => {
  assert.deepEqual(await loggedOf(new PlatformError('NOT_FOUND', { noun: 'network', id: 'x' })), [])
})
