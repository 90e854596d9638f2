/** For tests only: a gRPC server over TLS in this process, and what it takes to reach it. */
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { Endpoint } from '../endpoint.ts'
import { createAuthority } from '../identity/authority.ts'
import { enrol, enrolForTls } from '../identity/enrolment.ts'
import { signerOf } from '../identity/key-signer.ts'
import type { Signer } from '../signer.ts'

const authority = createAuthority({ name: 'tlsca.local.test', organization: 'local.test' })
const serverName = 'node.local.test'
const credential = enrolForTls(authority, { name: serverName, hosts: [serverName] })
const client = enrolForTls(authority, { name: 'client', hosts: [] })

/** What an endpoint of this process's authority needs besides its address. */
export const localTls = {
  node: 'the local node',
  serverName,
  tlsRoots: [authority.certificate],
  clientCertificate: client.certificate,
  clientKey: client.privateKey,
}

/** Key and certificate of a local server, PEM. */
export const localServer = { ...credential, root: authority.certificate }

/** A member of an organization that no network knows. */
export function localSigner(): Signer {
  const member = enrol(authority, { name: 'somebody', role: 'client' })
  return signerOf({ mspId: 'LocalMSP', ...member })
}

export interface LocalNode extends AsyncDisposable {
  readonly endpoint: Endpoint
  readonly server: Server
}

/** Starts a server on a free loopback port, asking for client certificates. @param addServices gives it what it answers */
export async function startLocalNode(addServices: (server: Server) => void): Promise<LocalNode> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 })
  addServices(server)
  const pair = { private_key: Buffer.from(credential.privateKey), cert_chain: Buffer.from(credential.certificate) }
  const ssl = ServerCredentials.createSsl(Buffer.from(authority.certificate), [pair], true)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ssl, (error, bound) => (error ? reject(error) : resolve(bound)))
  })
  return {
    endpoint: { ...localTls, host: '127.0.0.1', port },
    server,
    async [Symbol.asyncDispose]() {
      server.forceShutdown()
    },
  }
}
