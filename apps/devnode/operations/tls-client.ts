/** TLS of the node's own gRPC clients. */
import type { Socket } from 'node:net'
import { type ChannelCredentials, credentials } from '@grpc/grpc-js'

/** PEM. */
export interface ClientPair {
  readonly certificate: string
  readonly key: string
}

/** Milliseconds that a handshake may take. */
const handshakeMs = 5_000

/**
 * With an end to every handshake: grpc-js 1.14 waits for one without limit and settles it by an error of the TLS socket
 * alone, so that a listener that accepts and says nothing would keep a connection for good. (`@cello/fabric` has the same for
 * its clients; a node shares nothing with it but the codec.)
 * @param roots PEM of the authorities to trust
 */
export function tlsClient(roots: readonly string[], pair?: ClientPair): ChannelCredentials {
  const [key, certificate] = pair ? [Buffer.from(pair.key), Buffer.from(pair.certificate)] : [null, null]
  const tls = credentials.createSsl(Buffer.from(roots.join('\n')), key, certificate)
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
