/** The stream of messages with one contract: open, registered under its package id, ready. */
import { decode, soundMethod } from '@cello/fabric/codec'
import { type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import { shimMessage, Type, typeName } from './shim-message.ts'

/** What a peer of 3.1 tells contracts that it can do (`chaincode.runtimeParams` of core.yaml). */
export interface RuntimeParams {
  readonly useWriteBatch: boolean
  /** Writes at most in one message. */
  readonly maxSizeWriteBatch: number
  readonly useGetMultipleKeys: boolean
  /** Keys at most in one message. */
  readonly maxSizeGetMultipleKeys: number
}

export interface ShimStream {
  send(message: peer.ChaincodeMessage): void
  /** Set by who uses it. @throws Error to end the stream */
  onMessage: (message: peer.ChaincodeMessage) => void
  /** Aborted when it has ended, with the reason. */
  readonly ended: AbortSignal
  end(reason: Error): void
}

/**
 * Opens the stream and answers the contract's registration.
 * @throws Error in Fabric's words: the stream ended, what came was no registration, or it was that of another package
 */
export async function openShimStream(
  client: peer.ChaincodeClient,
  packageId: string,
  params: RuntimeParams,
  signal: AbortSignal,
): Promise<ShimStream> {
  const { path, requestSerialize, responseDeserialize } = soundMethod(peer.ChaincodeService.connect)
  const stream = wrapStream(client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize))
  const giveUp = () => stream.end(new Error('context canceled'))
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    await registered(stream, packageId, params)
    return stream
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

async function registered(stream: ShimStream, packageId: string, params: RuntimeParams): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.ended.addEventListener('abort', () => reject(endingOf(stream, packageId)), { once: true })
    stream.onMessage = (message) => {
      const refusal = checkRegistration(message, packageId)
      if (refusal) {
        reject(refusal)
        throw refusal
      }
      stream.send(shimMessage(Type.REGISTERED))
      stream.send(shimMessage(Type.READY, { payload: encodeParams(params) }))
      resolve()
    }
  })
}

function endingOf(stream: ShimStream, packageId: string): Error {
  const reason: unknown = stream.ended.reason
  const words = reason instanceof Error ? reason.message : 'EOF'
  return new Error(`connection to ${packageId} failed: error handling chaincode stream for ${packageId}: ${words}`)
}

/** Unlike Fabric, which waits for `chaincode.startuptimeout` after a wrong name, this refuses at once. */
function checkRegistration(message: peer.ChaincodeMessage, packageId: string): Error | undefined {
  if (message.getType() !== Type.REGISTER) {
    return new Error(
      `error handling message, ending stream: [${message.getTxid()}] Fabric side handler cannot handle message (${typeName(message.getType())}) while in created state`,
    )
  }
  const name = registeredName(message.getPayload_asU8())
  if (name === packageId) return undefined
  const reason =
    name === ''
      ? 'error in handling register chaincode, chaincodeID name is empty'
      : `peer will not accept external chaincode connection ${name} (except in dev mode)`
  return new Error(`chaincode registration failed: ${reason}`)
}

function registeredName(payload: Uint8Array): string {
  try {
    return decode(peer.ChaincodeID, payload).getName()
  } catch {
    return ''
  }
}

function encodeParams(params: RuntimeParams): Uint8Array {
  const message = new peer.ChaincodeAdditionalParams()
  message.setUseWriteBatch(params.useWriteBatch)
  message.setMaxSizeWriteBatch(params.maxSizeWriteBatch)
  message.setUseGetMultipleKeys(params.useGetMultipleKeys)
  message.setMaxSizeGetMultipleKeys(params.maxSizeGetMultipleKeys)
  return message.serializeBinary()
}

function wrapStream(call: ClientDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage>): ShimStream {
  const over = new AbortController()
  const stream: ShimStream = {
    onMessage: () => {},
    ended: over.signal,
    send(message) {
      if (!over.signal.aborted) call.write(message)
    },
    end(reason) {
      if (over.signal.aborted) return
      over.abort(reason)
      call.cancel()
    },
  }
  call.on('data', (message: peer.ChaincodeMessage) => {
    if (over.signal.aborted || message.getType() === Type.KEEPALIVE) return
    try {
      stream.onMessage(message)
    } catch (error) {
      stream.end(error instanceof Error ? error : new Error(String(error)))
    }
  })
  call.on('end', () => stream.end(new Error('EOF')))
  call.on('error', (error: ServiceError) => {
    const reason = `rpc error: code = ${codeName(error.code)} desc = ${error.details}`
    stream.end(new Error(`receive from chaincode support stream failed: ${reason}`))
  })
  return stream
}

/** `Unavailable`, as Go spells codes. */
function codeName(code: number): string {
  const words = (status[code] ?? `CODE_${code}`).toLowerCase().split('_')
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
}
