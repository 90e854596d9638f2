import type { Socket } from 'node:net'
import { type ChannelCredentials, credentials, type experimental } from '@grpc/grpc-js'

export interface TlsIdentity {
  /** PEM. */
  readonly key: string
  readonly certificate: string
}

/** Milliseconds that a TLS handshake may take. */
const handshakeMs = 5_000

/** Milliseconds between two looks at a connection. */
const lookMs = 1_000

/**
 * TLS for a gRPC client, with an end to every handshake and to every connection. grpc-js 1.14 waits for a handshake
 * without limit, and settles it by an error of the TLS socket alone: where a listener accepts and says nothing, or the
 * connection closes below without an error, its channel stays CONNECTING for good and every later call to that node fails.
 * And where a node is killed, its channel may stay READY, see `endWith`. A client that is closed makes no further try, see
 * `endWithClient`.
 * @param roots PEM of the authorities that the node's certificate may come from
 */
export function tlsCredentials(roots: readonly string[], identity?: TlsIdentity): ChannelCredentials {
  const [key, certificate] = identity ? [identity.key, identity.certificate].map((pem) => Buffer.from(pem)) : []
  const tls = credentials.createSsl(Buffer.from(roots.join('\n')), key ?? null, certificate ?? null)
  const createConnector = tls._createSecureConnector.bind(tls)
  tls._createSecureConnector = (...context) => {
    const connector = createConnector(...context)
    const connect = connector.connect.bind(connector)
    connector.connect = async (socket) => {
      const secured = await limited(socket, connect(socket))
      endWith(socket, secured.socket)
      return secured
    }
    return endWithClient(connector)
  }
  return tls
}

type Connector = experimental.SecureConnector

/**
 * grpc-js 1.14 makes the try that is due after a failed one although the client was closed meanwhile, and a connection that it
 * opens is nobody's to close.
 */
function endWithClient(connector: Connector): Connector {
  const [waitForReady, destroy] = [connector.waitForReady.bind(connector), connector.destroy.bind(connector)]
  let isOver = false
  connector.destroy = () => {
    isOver = true
    destroy()
  }
  // Asked before each try.
  connector.waitForReady = async () => {
    if (isOver) throw new Error('the client is closed')
    await waitForReady()
  }
  return connector
}

function limited<T>(socket: Socket, handshake: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      reject(new Error(reason))
      socket.destroy()
    }
    const timer = setTimeout(() => fail(`no TLS handshake within ${handshakeMs} ms`), handshakeMs)
    const closed = () => fail('the connection closed during the TLS handshake')
    socket.once('close', closed)
    const over = () => {
      clearTimeout(timer)
      socket.off('close', closed)
    }
    handshake.finally(over).then(resolve, reject)
  })
}

/**
 * Ends a TLS socket whose connection has ended. HTTP/2 in Node 24 may miss that: where the kernel has both answers and a
 * reset for it, and it answers each of them before it reads on, the first write fails, the second one is kept by the TLS
 * layer for good, and while a write is under way it reads nothing, so not the reset either (nodejs/node#61304 is of the same
 * kind). Found so at two looks, since after the first one an answer may yet be read.
 */
function endWith(connection: Socket, tls: Socket): void {
  let wasOver = false
  const look = setInterval(() => {
    const isOver = hasEnded(connection)
    if (isOver && wasOver) tls.destroy()
    wasOver = isOver
  }, lookMs)
  look.unref()
  tls.once('close', () => clearInterval(look))
}

/** The kernel knows no other end of a connection that is over; `remoteAddress` tells what it once was. */
function hasEnded(connection: Socket): boolean {
  const handle: unknown = Reflect.get(connection, '_handle')
  if (typeof handle !== 'object' || handle === null) return false
  const ask: unknown = Reflect.get(handle, 'getpeername')
  return typeof ask === 'function' && Reflect.apply(ask, handle, [{}]) !== 0
}
