import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  connectivityState,
  Metadata,
  type Server,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import { type Connection, openConnection, unaryCall, waitUntilConnected } from './connection.ts'
import { createConnectionPool } from './connection-pool.ts'
import { FabricError } from './errors.ts'
import { createAuthority } from './identity/authority.ts'
import { pollUntil } from './polling.ts'
import { localTls, startLocalNode } from './testing/local-node.ts'

const otherAuthority = createAuthority({ name: 'tlsca.other.test', organization: 'other.test' })

type Handler = (
  call: ServerUnaryCall<peer.SignedProposal, peer.ProposalResponse>,
  answer: sendUnaryData<peer.ProposalResponse>,
) => void

const endorser = (processProposal: Handler) => (server: Server) =>
  server.addService(peer.EndorserService, { processProposal })

const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code
const method = peer.EndorserService.processProposal
const context = { doing: 'endorse', channel: 'alpha', transactionId: 'tx1' }

function response(payload: Uint8Array): peer.ProposalResponse {
  const message = new peer.ProposalResponse()
  message.setPayload(payload)
  return message
}

test('a call goes over mutual TLS, and messages far over 4 MiB pass both ways', async () => {
  await using node = await startLocalNode(
    endorser((call, answer) => {
      answer(null, response(call.request.getProposalBytes_asU8()))
    }),
  )
  await using connection = openConnection(node.endpoint)
  assert.equal(connection.tlsCertHash?.length, 32)
  const request = new peer.SignedProposal()
  request.setProposalBytes(new Uint8Array(6 * 1024 * 1024).fill(7))
  const answer = await unaryCall(connection, method, request, context)
  assert.equal(answer.getPayload_asU8().length, 6 * 1024 * 1024)
})

test('an error names the node, the channel and the next step, and keeps its cause', async () => {
  await using node = await startLocalNode(
    endorser((_, answer) =>
      answer({ code: status.UNKNOWN, details: 'access denied: channel [alpha] creator org [X]' }),
    ),
  )
  await using connection = openConnection(node.endpoint)
  await assert.rejects(unaryCall(connection, method, new peer.SignedProposal(), context), (error) => {
    assert.ok(error instanceof FabricError)
    assert.equal(error.code, 'DENIED')
    assert.match(
      error.message,
      /^Could not endorse: access denied.*\(node the local node, channel alpha\)\. Use an identity/,
    )
    assert.equal(error.facts.transactionId, 'tx1')
    assert.equal(error.facts.status, 'UNKNOWN')
    assert.ok(error.cause instanceof Error)
    return true
  })
})

test('gRPC codes without a known text keep their own meaning', async () => {
  const expected = [
    [status.PERMISSION_DENIED, 'DENIED'],
    [status.NOT_FOUND, 'NOT_FOUND'],
    [status.RESOURCE_EXHAUSTED, 'NOT_READY'],
    [status.UNAVAILABLE, 'UNREACHABLE'],
    [status.INTERNAL, 'PROTOCOL'],
    [status.UNIMPLEMENTED, 'INVALID'],
  ] as const
  let code = status.OK
  await using node = await startLocalNode(
    endorser((_, answer) => answer({ code, details: 'x', metadata: new Metadata() })),
  )
  await using connection = openConnection(node.endpoint)
  for (const [grpc, ours] of expected) {
    code = grpc
    await assert.rejects(unaryCall(connection, method, new peer.SignedProposal(), context), (error) => {
      assert.ok(error instanceof FabricError)
      const { node: named, channel, next = '' } = error.facts
      assert.deepEqual([error.code, named, channel], [ours, 'the local node', 'alpha'], status[grpc])
      assert.ok(next.length > 10 && error.message.endsWith(`. ${next}`), error.message)
      return true
    })
  }
})

test('a call ends at its deadline and when its signal fires', async () => {
  const server = { called: 0, cancelled: 0 }
  await using node = await startLocalNode(
    endorser((call) => {
      server.called++
      call.on('cancelled', () => server.cancelled++)
    }),
  )
  await using connection = openConnection(node.endpoint)
  const call = (options: object) => unaryCall(connection, method, new peer.SignedProposal(), { ...context, ...options })
  await assert.rejects(call({ timeoutMs: 60 }), hasCode('DEADLINE_EXCEEDED'))
  // The first may have ended on its way to the server.
  const before = server.called
  const abort = new AbortController()
  const waiting = call({ signal: abort.signal })
  const isCalled = async () => (server.called > before ? true : undefined)
  const aborted = pollUntil({ doing: 'wait until the server was called' }, isCalled).then(() => {
    abort.abort(new Error('enough'))
  })
  await assert.rejects(waiting, (error) => {
    assert.ok(error instanceof FabricError)
    assert.equal(error.code, 'CANCELLED')
    assert.match(error.message, /node the local node, channel alpha\)\. The call may have had its effect/)
    assert.match(String(error.cause), /enough/)
    return true
  })
  await aborted
  await assert.rejects(call({ signal: AbortSignal.abort() }), hasCode('CANCELLED'))
  await assert.rejects(call({ timeoutMs: 0 }), hasCode('INVALID'))
  const told = async () => (server.cancelled === server.called ? true : undefined)
  await pollUntil({ doing: 'wait until the server was told' }, told, { timeoutMs: 60_000 })
})

test('a node that is not there is UNREACHABLE', async () => {
  // Nobody listens below 1024 who does not mean to; a port that was free a moment ago may be another test's by now.
  await using connection = openConnection({ ...localTls, host: '127.0.0.1', port: 1 })
  await assert.rejects(unaryCall(connection, method, new peer.SignedProposal(), context), hasCode('UNREACHABLE'))
  await assert.rejects(waitUntilConnected(connection, { timeoutMs: 120 }), hasCode('UNREACHABLE'))
})

test('a server whose certificate carries another name or another root is not talked to', async () => {
  await using node = await startLocalNode(endorser((_, answer) => answer(null, response(new Uint8Array()))))
  await using other = openConnection({ ...node.endpoint, serverName: 'elsewhere.test' })
  await assert.rejects(unaryCall(other, method, new peer.SignedProposal(), context), hasCode('DENIED'))
  await using distrustful = openConnection({ ...node.endpoint, tlsRoots: [otherAuthority.certificate] })
  await assert.rejects(unaryCall(distrustful, method, new peer.SignedProposal(), context), hasCode('DENIED'))
  const { clientCertificate: _, clientKey: __, ...anonymous } = node.endpoint
  await using nobody = openConnection(anonymous)
  await assert.rejects(
    unaryCall(nobody, method, new peer.SignedProposal(), { ...context, timeoutMs: 500 }),
    FabricError,
  )
  assert.throws(() => openConnection({ ...node.endpoint, tlsRoots: [] }), hasCode('INVALID'))
  assert.throws(() => openConnection({ ...anonymous, clientKey: 'key' }), hasCode('INVALID'))
})

test('a pool gives one connection for one endpoint until it is dropped or disposed', async () => {
  await using node = await startLocalNode(endorser((_, answer) => answer(null, response(new Uint8Array()))))
  const pool = createConnectionPool()
  const connection = pool.get(node.endpoint)
  assert.equal(pool.get({ ...node.endpoint }), connection)
  assert.notEqual(pool.get({ ...node.endpoint, node: 'by another name' }), connection)
  await waitUntilConnected(connection)
  assert.equal(pool.size, 2)
  pool.drop(node.endpoint)
  assert.equal(pool.size, 0)
  assert.notEqual(pool.get(node.endpoint), connection)
  await pool[Symbol.asyncDispose]()
  assert.throws(() => pool.get(node.endpoint), /disposed/)
})

test('a listener that accepted and said nothing is given up, and the node that answers there later is reached', async () => {
  await using node = await startLocalNode(endorser((_, answer) => answer(null, response(Buffer.from('here')))))
  const taken: Socket[] = []
  // The first connection meets silence; those after it reach the node.
  const listener = createServer((socket) => {
    taken.push(socket.on('error', () => {}))
    if (taken.length === 1) return // it says nothing
    const onward = connect(node.endpoint.port, '127.0.0.1').on('error', () => socket.destroy())
    taken.push(onward)
    socket.pipe(onward).pipe(socket)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  assert.ok(typeof address === 'object' && address)
  try {
    await using connection = openConnection({ ...node.endpoint, host: '127.0.0.1', port: address.port })
    const ask = () => unaryCall(connection, method, new peer.SignedProposal(), { ...context, timeoutMs: 1_000 })
    await assert.rejects(ask(), hasCode('DEADLINE_EXCEEDED'))
    const answer = await pollUntil({ doing: 'reach the node' }, () => ask().catch(() => undefined), {
      timeoutMs: 60_000,
    })
    assert.equal(Buffer.from(answer.getPayload_asU8()).toString(), 'here')
  } finally {
    for (const socket of taken) socket.destroy()
    listener.close()
  }
})

test('a node whose end came between its answers is reached again where it runs anew', async () => {
  await using node = await startLocalNode(endorser((_, answer) => answer(null, response(Buffer.from('here')))))
  await using way = await startWay(node.endpoint.port)
  await using connection = openConnection({ ...node.endpoint, host: '127.0.0.1', port: way.port })
  const ask = () => unaryCall(connection, method, new peer.SignedProposal(), { ...context, timeoutMs: 60_000 })
  await ask()
  const told: Promise<unknown>[] = []
  way.hold()
  for (const _ of [1, 2, 3]) {
    const before = way.held()
    told.push(ask().then(ask)) // who is told something asks on at once
    await pollUntil({ doing: 'wait for its answer' }, async () => (way.held() > before ? true : undefined))
    await sleep(20) // its end comes behind it
  }
  way.release() // the client's next read finds three answers, and its first write the reset
  const outcomes = await Promise.allSettled(told)
  assert.ok(outcomes.every(({ status: outcome }) => outcome === 'rejected'))
  const answer = await pollUntil({ doing: 'reach the node' }, ask, { timeoutMs: 60_000 })
  assert.equal(Buffer.from(answer.getPayload_asU8()).toString(), 'here')
})

test('a connection that is closed while it is waited for stays closed', async () => {
  const taken = Promise.withResolvers<Socket>()
  await using silent = await listening((socket) => taken.resolve(socket))
  const connection = openConnection({ ...localTls, host: '127.0.0.1', port: silent.port })
  const refused = assert.rejects(waitUntilConnected(connection, { timeoutMs: 60_000 }), hasCode('UNREACHABLE'))
  const socket = await taken.promise
  connection.close()
  await refused
  assert.equal(connection.client.getChannel().getConnectivityState(false), connectivityState.SHUTDOWN)
  socket.destroy()
})

test('a connection that is closed after a failed try makes no other', async () => {
  const tries = { closed: 0, open: 0 }
  const hangUp = (which: keyof typeof tries) => (socket: Socket) => {
    tries[which]++
    socket.destroy()
  }
  await using left = await listening(hangUp('closed'))
  await using kept = await listening(hangUp('open'))
  const closed = openConnection({ ...localTls, host: '127.0.0.1', port: left.port })
  await closedWhenItFails(closed)
  await using open = openConnection({ ...localTls, host: '127.0.0.1', port: kept.port })
  waitUntilConnected(open, { timeoutMs: 60_000 }).catch(() => undefined)
  // By then the other try would have been made.
  await pollUntil({ doing: 'try again and again' }, async () => (tries.open > 3 ? true : undefined))
  assert.equal(tries.closed, 1)
})

/** In the very moment: a second try is due 20 ms after the first one began. */
function closedWhenItFails({ client, close }: Connection): Promise<void> {
  const channel = client.getChannel()
  return new Promise((resolve) => {
    const look = () => {
      const state = channel.getConnectivityState(true)
      if (state !== connectivityState.TRANSIENT_FAILURE) return channel.watchConnectivityState(state, Infinity, look)
      close()
      resolve()
    }
    look()
  })
}

async function listening(take: (socket: Socket) => void) {
  const listener = createServer((socket) => take(socket.on('error', () => {})))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  assert.ok(typeof address === 'object' && address)
  return { port: address.port, [Symbol.asyncDispose]: async () => void listener.close() }
}

/** A way to a node that can hold what the node says, and then give all of it and a reset at once, as the end of a process does. */
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
