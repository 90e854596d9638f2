/** Messages between the peer and a contract: `protos.ChaincodeMessage` (peer/chaincode_shim.proto). */
import { peer } from '@hyperledger/fabric-protos'

export const { Type } = peer.ChaincodeMessage
export type MessageType = peer.ChaincodeMessage.TypeMap[keyof peer.ChaincodeMessage.TypeMap]

export interface MessageFields {
  readonly txId?: string
  readonly channel?: string
  readonly payload?: Uint8Array
}

export function shimMessage(type: MessageType, { txId, channel, payload }: MessageFields = {}): peer.ChaincodeMessage {
  const message = new peer.ChaincodeMessage()
  message.setType(type)
  if (txId !== undefined) message.setTxid(txId)
  if (channel !== undefined) message.setChannelId(channel)
  if (payload !== undefined) message.setPayload(payload)
  return message
}

/** `GET_STATE` …, as Fabric's sentences spell it; the number where there is no name. */
export function typeName(type: number): string {
  return names.get(type) ?? String(type)
}

const names: ReadonlyMap<number, string> = new Map(Object.entries(Type).map(([name, number]) => [number, name]))
