import { decode, type MessageClass } from '@cello/fabric/codec'
import type { Message } from 'google-protobuf'

/** @throws Error as Fabric says that bytes are no such message */
export function unmarshal<M extends Message>(type: MessageClass<M>, name: string, bytes: Uint8Array): M {
  try {
    return decode(type, bytes)
  } catch (error) {
    throw new Error(`error unmarshalling ${name}: proto: cannot parse invalid wire-format data`, { cause: error })
  }
}
