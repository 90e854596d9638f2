/** A contract's reads and writes of single keys, as core/chaincode/handler.go answers them. */
import { decode, type MessageClass } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import type { Message } from 'google-protobuf'
import { checkKeyLevelEndorsement, checkPurge } from './channel-capabilities.ts'
import type { ShimTransaction } from './shim-transaction.ts'

/** Answers one request. @param payload the request, encoded @returns the answer's payload @throws Error in Fabric's words */
export type RequestHandler = (payload: Uint8Array, transaction: ShimTransaction) => Uint8Array

const nothing = new Uint8Array()

interface KeyPlace {
  getCollection(): string
  getKey(): string
}

export const getState: RequestHandler = (payload, transaction) => {
  const request = unmarshalled(peer.GetState, payload)
  return read(transaction, request.getCollection(), request.getKey())
}

export const getStateMultiple: RequestHandler = (payload, transaction) => {
  const request = unmarshalled(peer.GetStateMultiple, payload)
  const answer = new peer.GetStateMultipleResult()
  answer.setValuesList(request.getKeysList().map((key) => read(transaction, request.getCollection(), key)))
  return answer.serializeBinary()
}

export const getPrivateDataHash: RequestHandler = (payload, transaction) => {
  const request = unmarshalled(peer.GetState, payload)
  if (transaction.invocation.isInit) throw new Error('private data APIs are not allowed in chaincode Init()')
  const simulator = transaction.simulator()
  return simulator.private.hash(transaction.namespace, request.getCollection(), request.getKey()) ?? nothing
}

export const putState: RequestHandler = (payload, transaction) => {
  const request = unmarshalled(peer.PutState, payload)
  put(transaction, request, request.getValue_asU8())
  return nothing
}

export const deleteState: RequestHandler = (payload, transaction) => {
  remove(transaction, unmarshalled(peer.DelState, payload))
  return nothing
}

export const purgePrivateData: RequestHandler = (payload, transaction) => {
  purge(transaction, unmarshalled(peer.DelState, payload))
  return nothing
}

export const getStateMetadata: RequestHandler = (payload, transaction) => {
  checkMetadata(transaction)
  const request = unmarshalled(peer.GetStateMetadata, payload)
  const answer = new peer.StateMetadataResult()
  answer.setEntriesList(
    [...metadataOf(transaction, request)].map(([name, value]) => {
      const entry = new peer.StateMetadata()
      entry.setMetakey(name)
      entry.setValue(value)
      return entry
    }),
  )
  return answer.serializeBinary()
}

export const putStateMetadata: RequestHandler = (payload, transaction) => {
  const request = unmarshalled(peer.PutStateMetadata, payload)
  putMetadata(transaction, request, request.getMetadata())
  return nothing
}

export const writeBatch: RequestHandler = (payload, transaction) => {
  for (const record of unmarshalled(peer.WriteBatchState, payload).getRecList()) writeRecord(transaction, record)
  return nothing
}

function writeRecord(transaction: ShimTransaction, record: peer.WriteRecord): void {
  const kinds = peer.WriteRecord.Type
  switch (record.getType()) {
    case kinds.PUT_STATE:
      put(transaction, record, record.getValue_asU8())
      return
    case kinds.DEL_STATE:
      remove(transaction, record)
      return
    case kinds.PURGE_PRIVATE_DATA:
      purge(transaction, record)
      return
    case kinds.PUT_STATE_METADATA:
      putMetadata(transaction, record, record.getMetadata())
      return
    default:
      throw new Error('unknown operation type')
  }
}

function read(transaction: ShimTransaction, collection: string, key: string): Uint8Array {
  const { namespace, access } = transaction
  if (collection === '') return transaction.simulator().get(namespace, key) ?? nothing
  access.checkRead(collection)
  return transaction.simulator().private.get(namespace, collection, key) ?? nothing
}

function put(transaction: ShimTransaction, place: KeyPlace, value: Uint8Array): void {
  const { namespace, access } = transaction
  const collection = place.getCollection()
  const simulator = transaction.simulator()
  if (collection === '') return simulator.put(namespace, place.getKey(), value)
  access.checkWrite(collection)
  simulator.private.put(namespace, collection, place.getKey(), value)
}

function remove(transaction: ShimTransaction, place: KeyPlace): void {
  const { namespace, access } = transaction
  const collection = place.getCollection()
  const simulator = transaction.simulator()
  if (collection === '') return simulator.delete(namespace, place.getKey())
  access.checkWrite(collection)
  simulator.private.delete(namespace, collection, place.getKey())
}

function purge(transaction: ShimTransaction, place: KeyPlace): void {
  const { namespace, access, invocation } = transaction
  checkPurge(invocation.channel?.name ?? '', invocation.channel?.config)
  const collection = place.getCollection()
  if (collection === '') throw new Error('only applicable for private data')
  access.checkWrite(collection)
  transaction.simulator().private.purge(namespace, collection, place.getKey())
}

function metadataOf(transaction: ShimTransaction, place: KeyPlace): ReadonlyMap<string, Uint8Array> {
  const { namespace, access } = transaction
  const collection = place.getCollection()
  const simulator = transaction.simulator()
  if (collection === '') return simulator.metadata(namespace, place.getKey())
  access.checkRead(collection)
  return simulator.private.metadata(namespace, collection, place.getKey())
}

function putMetadata(transaction: ShimTransaction, place: KeyPlace, entry: peer.StateMetadata | undefined): void {
  checkMetadata(transaction)
  const { namespace, access } = transaction
  const collection = place.getCollection()
  const [name, value] = [entry?.getMetakey() ?? '', entry?.getValue_asU8() ?? nothing]
  const simulator = transaction.simulator()
  if (collection === '') return simulator.putMetadata(namespace, place.getKey(), name, value)
  access.checkWrite(collection)
  simulator.private.putMetadata(namespace, collection, place.getKey(), name, value)
}

function checkMetadata({ invocation: { channel } }: ShimTransaction): void {
  checkKeyLevelEndorsement(channel?.name ?? '', channel?.config)
}

/** @throws Error as Fabric says that a payload is no such message */
export function unmarshalled<M extends Message>(type: MessageClass<M>, payload: Uint8Array): M {
  try {
    return decode(type, payload)
  } catch (error) {
    throw new Error('unmarshal failed: proto: cannot parse invalid wire-format data', { cause: error })
  }
}
