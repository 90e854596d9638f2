import type { Socket } from 'node:net'
import { type ChannelCredentials, credentials } from '@grpc/grpc-js'

export interface TlsIdentity {
  /** PEM. */
  readonly key: string
  readonly certificate: string
}

/** Milliseconds that a TLS handshake may take. */
const handshakeMs = 5_000

/**
 * TLS for a gRPC client, with an end to every handshake. grpc-js 1.14 waits for one without limit, and settles it by an
 * error of the TLS socket alone: where a listener accepts and says nothing, or the connection closes below without an
 * error, its channel stays CONNECTING for good and every later call to that node fails.
 * @param roots PEM of the authorities that the node's certificate may come from
 */
export function tlsCredentials(roots: readonly string[], identity?: TlsIdentity): ChannelCredentials {
  const [key, certificate] = identity ? [identity.key, identity.certificate].map((pem) => Buffer.from(pem)) : []
  const tls = credentials.createSsl(Buffer.from(roots.join('\n')), key ?? null, certificate ?? null)
  const createConnector = tls._createSecureConnector.bind(tls)
  tls._createSecureConnector = (...context) => {
    const connector = createConnector(...context)
    const connect = connector.connect.bind(connector)
    connector.connect = (socket) => limited(socket, connect(socket))
    return connector
  }
  return tls
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
