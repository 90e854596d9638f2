import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import { Client, connectivityState } from '@grpc/grpc-js'
import { tlsClient } from './tls-client.ts'

test('a listener that accepts and says nothing is given up', async () => {
  const taken: Socket[] = []
  const listener = createServer((socket) => taken.push(socket.on('error', () => {})))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  assert.ok(typeof address === 'object' && address)
  const client = new Client(`127.0.0.1:${address.port}`, tlsClient(rootCertificates.slice(0, 1)))
  try {
    const channel = client.getChannel()
    const end = performance.now() + 20_000
    while (channel.getConnectivityState(true) !== connectivityState.TRANSIENT_FAILURE) {
      assert.ok(performance.now() < end, 'it is still connecting')
      await sleep(20)
    }
    assert.ok(taken.length > 0)
  } finally {
    client.close()
    for (const socket of taken) socket.destroy()
    listener.close()
  }
})
