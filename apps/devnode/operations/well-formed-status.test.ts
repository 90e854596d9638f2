import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js'
import { listenGrpc } from './grpc-listener.ts'

const half = 'a half pair: \ud800'
const tls = { enabled: false, certificate: '', privateKey: '', clientRoots: [], clientAuthRequired: false }
const same = (bytes: Buffer): Buffer => bytes

test('half a surrogate pair in the text of a refusal does not end the node', async () => {
  const method = { requestStream: false, responseStream: false, requestSerialize: same, responseSerialize: same }
  const definition = {
    answer: { ...method, path: '/of.Test/Answer', requestDeserialize: same, responseDeserialize: same },
  }
  const refused = (_call: unknown, answer: (error: Partial<ServiceError>) => void) =>
    answer({ code: status.NOT_FOUND, details: half })
  await using listener = await listenGrpc({
    listen: { host: '127.0.0.1', port: 0 },
    tls,
    maxReceive: 1_000_000,
    maxSend: 1_000_000,
    keepalive: { intervalMs: 60_000, timeoutMs: 20_000, minIntervalMs: 60_000 },
    services: [{ definition, implementation: { answer: refused } }],
  })
  const client = new Client(`127.0.0.1:${listener.port}`, credentials.createInsecure())
  const ask = (path: string) =>
    new Promise<ServiceError | null>((resolve) => client.makeUnaryRequest(path, same, same, Buffer.from('x'), resolve))
  const answered = await ask('/of.Test/Answer')
  assert.deepEqual([answered?.code, answered?.details], [status.NOT_FOUND, 'a half pair: \ufffd'])
  client.close()
})
