import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { rootCertificates } from 'node:tls'
import { Client, connectivityState, Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import { testOrganization } from '../endorsement/testing/test-organization.ts'
import { until } from '../testing/until.ts'
import { reachState } from './reach-state.ts'
import { plainClient, tlsClient } from './tls-client.ts'

test('a listener that accepts and says nothing is given up', async () => {
  const taken: Socket[] = []
  const listener = createServer((socket) => taken.push(socket.on('error', () => {})))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  assert.ok(typeof address === 'object' && address)
  const client = new Client(`127.0.0.1:${address.port}`, tlsClient(rootCertificates.slice(0, 1)))
  try {
    await reachState(client, [connectivityState.TRANSIENT_FAILURE], Date.now() + 60_000)
    assert.ok(taken.length > 0)
  } finally {
    client.close()
    for (const socket of taken) socket.destroy()
    listener.close()
  }
})

test('a node whose end came between its answers is reached again where it runs anew', async () => {
  await using node = await startNode()
  await using way = await startWay(node.port)
  const client = new Client(`localhost:${way.port}`, tlsClient([node.root]), { 'grpc.max_reconnect_backoff_ms': 100 })
  try {
    await ask(client)
    const told: Promise<unknown>[] = []
    way.hold()
    for (const _ of [1, 2, 3]) {
      const before = way.held()
      told.push(ask(client).then(() => ask(client))) // who is told something asks on at once
      await until(() => way.held() > before)
      await sleep(20) // its end comes behind it
    }
    way.release() // the client's next read finds all the answers, and its first write the reset
    const outcomes = await Promise.allSettled(told)
    assert.deepEqual(new Set(outcomes.map(({ status }) => status)), new Set(['rejected']))
    let isAnswered = false
    await until(() => {
      void ask(client).then(
        () => (isAnswered = true),
        () => undefined,
      )
      return isAnswered
    })
  } finally {
    client.close()
  }
})

test('a client that is closed after a failed try makes no other', async () => {
  await using left = await startRefusing()
  await using kept = await startRefusing()
  for (const credentials of [tlsClient(rootCertificates.slice(0, 1)), plainClient()]) {
    const before = left.taken
    const [closed, open] = [
      new Client(`127.0.0.1:${left.port}`, credentials, { 'grpc.initial_reconnect_backoff_ms': 20 }),
      new Client(`127.0.0.1:${kept.port}`, credentials, { 'grpc.initial_reconnect_backoff_ms': 100 }),
    ]
    await reachState(closed, [connectivityState.TRANSIENT_FAILURE], Date.now() + 60_000)
    closed.close()
    const seen = kept.taken
    await reachState(open, [connectivityState.TRANSIENT_FAILURE], Date.now() + 60_000)
    await until(() => kept.taken > seen + 1) // by then the other try would have been made
    open.close()
    assert.equal(left.taken, before + 1)
  }
})

const { path, requestSerialize, responseDeserialize } = peer.EndorserService.processProposal

function ask(client: Client): Promise<unknown> {
  const request = new peer.SignedProposal()
  const options = { deadline: Date.now() + 60_000 }
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, options, (error, answer) =>
      error ? reject(error) : resolve(answer),
    )
  })
}

/** Answers every proposal. */
async function startNode() {
  const organization = testOrganization('Org1MSP')
  const { certificate, key } = organization.member('peer')
  const server = new Server()
  server.addService(peer.EndorserService, {
    processProposal: (_: unknown, answer: sendUnaryData<peer.ProposalResponse>) =>
      answer(null, new peer.ProposalResponse()),
  })
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) }
  const port = await new Promise<number>((resolve, reject) => {
    const tls = ServerCredentials.createSsl(null, [pair])
    server.bindAsync('127.0.0.1:0', tls, (error, bound) => (error ? reject(error) : resolve(bound)))
  })
  return { port, root: organization.root, [Symbol.asyncDispose]: async () => server.forceShutdown() }
}

/** Hangs up on everybody. */
async function startRefusing() {
  let taken = 0
  const listener = createServer((socket) => {
    taken++
    socket.destroy()
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  assert.ok(typeof address === 'object' && address)
  return {
    port: address.port,
    get taken() {
      return taken
    },
    [Symbol.asyncDispose]: async () => void listener.close(),
  }
}

/** A way to a node that can hold what it says, and then give all of that and a reset at once, as the end of a process does. */
async function startWay(onwardPort: number) {
  const held: Buffer[] = []
  const sockets = new Set<Socket>()
  let isHolding = false
  const listener = createServer((socket) => {
    const onward = connect(onwardPort, '127.0.0.1')
    for (const one of [socket, onward]) sockets.add(one.on('error', () => {}))
    socket.on('data', (bytes) => onward.write(bytes))
    onward.on('data', (bytes) => (isHolding ? held.push(bytes) : socket.write(bytes)))
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  assert.ok(typeof address === 'object' && address)
  return {
    port: address.port,
    held: () => held.length,
    hold: () => {
      isHolding = true
    },
    release: () => {
      isHolding = false
      const [first] = sockets
      first?.write(Buffer.concat(held))
      first?.resetAndDestroy()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      listener.close()
    },
  }
}
