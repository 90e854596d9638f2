/** A contract made of bare messages, to do what no shim does. */
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import { shimMessage, Type } from '../shim-message.ts'

export type ServiceStream = ServerDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage>

export interface FakeService extends AsyncDisposable {
  readonly address: string
  /** Streams opened so far. */
  readonly connections: number
}

export interface FakeBehaviour {
  /** What it registers as. */
  readonly id: string
  /** Instead of registering. */
  onConnect?(stream: ServiceStream): void
  /** For each message once it has registered. */
  onMessage?(message: peer.ChaincodeMessage, stream: ServiceStream): void
}

export async function openFakeService(
  behaviour: FakeBehaviour,
  credentials: ServerCredentials = ServerCredentials.createInsecure(),
  wanted = 0,
): Promise<FakeService> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 })
  let connections = 0
  server.addService(peer.ChaincodeService, {
    connect(stream: ServiceStream) {
      connections++
      stream.on('error', () => {})
      stream.on('end', () => stream.end())
      stream.on('data', (message: peer.ChaincodeMessage) => behaviour.onMessage?.(message, stream))
      if (behaviour.onConnect) behaviour.onConnect(stream)
      else stream.write(registration(behaviour.id))
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${wanted}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound)))
  })
  return {
    address: `localhost:${port}`,
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      server.forceShutdown()
    },
  }
}

export function registration(id: string): peer.ChaincodeMessage {
  const name = new peer.ChaincodeID()
  name.setName(id)
  return shimMessage(Type.REGISTER, { payload: name.serializeBinary() })
}

/** The answer to a call. */
export function completed(call: peer.ChaincodeMessage, status: number, payload = ''): peer.ChaincodeMessage {
  const response = new peer.Response()
  response.setStatus(status)
  response.setPayload(Buffer.from(payload))
  return reply(call, Type.COMPLETED, response.serializeBinary())
}

export function reply(
  call: peer.ChaincodeMessage,
  type: Parameters<typeof shimMessage>[0],
  payload: Uint8Array,
): peer.ChaincodeMessage {
  return shimMessage(type, { txId: call.getTxid(), channel: call.getChannelId(), payload })
}
