import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { Client, connectivityState } from '@grpc/grpc-js'
import { reachState } from './reach-state.ts'
import { tlsClient } from './tls-client.ts'

test('a client that is closed while it connects stays closed', async () => {
  const { promise: taken, resolve: take } = Promise.withResolvers<Socket>()
  const silent = createServer((socket) => take(socket.on('error', () => {})))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  assert.ok(typeof address === 'object' && address)
  const client = new Client(`127.0.0.1:${address.port}`, tlsClient(rootCertificates.slice(0, 1)))
  try {
    const reached = reachState(client, [connectivityState.READY], Date.now() + 60_000)
    const refused = assert.rejects(reached, { message: 'context canceled' })
    const socket = await taken
    client.close()
    await refused
    assert.equal(client.getChannel().getConnectivityState(false), connectivityState.SHUTDOWN)
    socket.destroy()
  } finally {
    silent.close()
  }
})
