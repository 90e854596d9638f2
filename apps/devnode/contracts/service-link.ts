/** A contract that is connected and ready: any number of calls over one stream. */
import { decode } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import type { Invocation, Outcome } from './contract.ts'
import { ReturnedFailure } from './contract.ts'
import { invokeRequest } from './invoke-request.ts'
import { type QueryLimits, queryHandlers } from './query-requests.ts'
import { shimMessage, Type, typeName } from './shim-message.ts'
import type { ShimStream } from './shim-stream.ts'
import { openTransaction, type ShimTransaction, type TransactionOptions } from './shim-transaction.ts'
import * as state from './state-requests.ts'
import { wordsOf } from './words.ts'

export interface LinkOptions {
  readonly stream: ShimStream
  /** Named in metrics. */
  readonly packageId: string
  /** `chaincode.executetimeout`. */
  readonly executeTimeoutMs: number
  readonly limits: QueryLimits
  /** Counts requests of contracts and time-outs, under the names of Fabric's metrics. */
  readonly count: (name: string, labels: Readonly<Record<string, string>>) => void
}

export interface ServiceLink {
  /** @throws as `Contract.invoke` */
  execute(options: TransactionOptions): Promise<Outcome>
}

interface Running {
  readonly transaction: ShimTransaction
  /** The contract is done. */
  finish(message: peer.ChaincodeMessage): void
  fail(words: string): void
}

type Handler = (payload: Uint8Array, transaction: ShimTransaction) => Uint8Array | Promise<Uint8Array>

export function linkOver({ stream, packageId, executeTimeoutMs, limits, count }: LinkOptions): ServiceLink {
  const running = new Map<string, Running>()
  const handlers = handlersWith(limits)
  stream.onMessage = (message) => {
    const type = message.getType()
    const call = running.get(keyOf(message.getChannelId(), message.getTxid()))
    if (type === Type.COMPLETED || type === Type.ERROR) return call?.finish(message)
    const handler = handlers.get(type)
    if (!handler) {
      throw new Error(
        `error handling message, ending stream: [${message.getTxid()}] Fabric side handler cannot handle message (${typeName(type)}) while in ready state`,
      )
    }
    const labels = {
      type: typeName(type),
      channel: message.getChannelId(),
      chaincode: packageId,
    }
    count('chaincode_shim_requests_received', labels)
    void answer(message, handler, call?.transaction).then((reply) => {
      if (!reply) return
      count('chaincode_shim_requests_completed', { ...labels, success: String(reply.getType() === Type.RESPONSE) })
      stream.send(reply)
    })
  }
  stream.ended.addEventListener('abort', () => {
    for (const call of running.values()) call.fail('chaincode stream terminated')
  })
  return {
    async execute(options) {
      const { invocation } = options
      const { channel, txId, signal } = invocation
      const key = keyOf(channel?.name ?? '', txId)
      if (running.has(key)) throw new Error(`error sending: txid: ${txId}(${channel?.name ?? ''}) exists`)
      using transaction = openTransaction(options)
      const { promise, resolve, reject } = Promise.withResolvers<peer.ChaincodeMessage>()
      const fail = (words: string) => reject(new Error(`error sending: ${words}`))
      const cancel = () => fail('context canceled')
      const timer = setTimeout(() => {
        count('chaincode_execute_timeouts', { chaincode: packageId })
        fail('timeout expired while executing transaction')
      }, executeTimeoutMs)
      running.set(key, { transaction, finish: resolve, fail })
      signal.addEventListener('abort', cancel, { once: true })
      if (signal.aborted) cancel()
      else if (stream.ended.aborted) fail('chaincode stream terminated')
      else stream.send(request(invocation))
      try {
        return outcomeOf(await promise, txId)
      } finally {
        running.delete(key)
        clearTimeout(timer)
        signal.removeEventListener('abort', cancel)
      }
    },
  }
}

const keyOf = (channel: string, txId: string): string => `${channel}/${txId}`

function handlersWith(limits: QueryLimits): ReadonlyMap<number, Handler> {
  const query = queryHandlers(limits)
  return new Map<number, Handler>([
    [Type.GET_STATE, state.getState],
    [Type.GET_STATE_MULTIPLE, state.getStateMultiple],
    [Type.PUT_STATE, state.putState],
    [Type.DEL_STATE, state.deleteState],
    [Type.WRITE_BATCH_STATE, state.writeBatch],
    [Type.GET_STATE_METADATA, state.getStateMetadata],
    [Type.PUT_STATE_METADATA, state.putStateMetadata],
    [Type.GET_PRIVATE_DATA_HASH, state.getPrivateDataHash],
    [Type.PURGE_PRIVATE_DATA, state.purgePrivateData],
    [Type.GET_STATE_BY_RANGE, query.range],
    [Type.GET_QUERY_RESULT, query.query],
    [Type.GET_HISTORY_FOR_KEY, query.history],
    [Type.QUERY_STATE_NEXT, query.next],
    [Type.QUERY_STATE_CLOSE, query.close],
    [Type.INVOKE_CHAINCODE, invokeRequest],
  ])
}

/** @returns undefined where Fabric drops a request: another one of the same call is still being answered */
async function answer(
  message: peer.ChaincodeMessage,
  handler: Handler,
  transaction: ShimTransaction | undefined,
): Promise<peer.ChaincodeMessage | undefined> {
  const [type, txId, channel] = [message.getType(), message.getTxid(), message.getChannelId()]
  if (transaction?.isBusy) return undefined
  try {
    if (!transaction) {
      throw new Error(type === Type.INVOKE_CHAINCODE ? 'could not get valid transaction' : 'no ledger context')
    }
    transaction.isBusy = true
    const payload = await handler(message.getPayload_asU8(), transaction)
    return shimMessage(Type.RESPONSE, { txId, channel, payload })
  } catch (error) {
    const words = `${typeName(type)} failed: transaction ID: ${txId}: ${wordsOf(error)}`
    return shimMessage(Type.ERROR, { txId, channel, payload: Buffer.from(words) })
  } finally {
    if (transaction) transaction.isBusy = false
  }
}

function request(invocation: Invocation): peer.ChaincodeMessage {
  const input = new peer.ChaincodeInput()
  input.setArgsList([...invocation.args])
  input.setIsInit(invocation.isInit)
  for (const [name, value] of invocation.decorations) input.getDecorationsMap().set(name, value)
  const message = shimMessage(invocation.isInit ? Type.INIT : Type.TRANSACTION, {
    txId: invocation.txId,
    channel: invocation.channel?.name ?? '',
    payload: input.serializeBinary(),
  })
  message.setProposal(invocation.signedProposal)
  return message
}

function outcomeOf(message: peer.ChaincodeMessage, txId: string): Outcome {
  const payload = message.getPayload_asU8()
  if (message.getType() === Type.ERROR) throw new ReturnedFailure(Buffer.from(payload).toString())
  const event = message.getChaincodeEvent()
  return { response: readResponse(payload, txId), ...(event ? { event } : {}) }
}

function readResponse(payload: Uint8Array, txId: string): peer.Response {
  try {
    return decode(peer.Response, payload)
  } catch (error) {
    throw new Error(`failed to unmarshal response for transaction ${txId}`, { cause: error })
  }
}
