/** How the node's own gRPC clients connect: with TLS or without, and no longer than they are open. */
import type { Socket } from 'node:net'
import { type ChannelCredentials, credentials, type experimental } from '@grpc/grpc-js'

/** PEM. */
export interface ClientPair {
  readonly certificate: string
  readonly key: string
}

/** Milliseconds that a handshake may take. */
const handshakeMs = 5_000
/** Milliseconds between two looks at a connection. */
const lookMs = 1_000

/**
 * With an end to every handshake and to every connection: grpc-js 1.14 waits for a handshake without limit and settles it by
 * an error of the TLS socket alone, so that a listener that accepts and says nothing would keep a connection for good; and one
 * to a node that was killed may stay, see `endWith`. (`@cello/fabric` has the same for its clients; a node shares nothing with
 * it but the codec.)
 * @param roots PEM of the authorities to trust
 */
export function tlsClient(roots: readonly string[], pair?: ClientPair): ChannelCredentials {
  const [key, certificate] = pair ? [Buffer.from(pair.key), Buffer.from(pair.certificate)] : [null, null]
  return withConnectors(credentials.createSsl(Buffer.from(roots.join('\n')), key, certificate), (connector) => {
    const connect = connector.connect.bind(connector)
    connector.connect = async (socket) => {
      const secured = await limited(socket, connect(socket))
      endWith(socket, secured.socket)
      return secured
    }
  })
}

/** For nodes that are dialled without TLS. */
export const plainClient = (): ChannelCredentials => withConnectors(credentials.createInsecure(), () => undefined)

type Connector = experimental.SecureConnector

/**
 * These credentials, whose connectors end with the client. grpc-js 1.14 forgets to: a try that is due after a failed one is
 * made although the client was closed meanwhile, and a connection that it opens is nobody's to close.
 */
function withConnectors(given: ChannelCredentials, change: (connector: Connector) => void): ChannelCredentials {
  const create = given._createSecureConnector.bind(given)
  given._createSecureConnector = (...context) => {
    const connector = create(...context)
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
    change(connector)
    return connector
  }
  return given
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
