interface MessageType<M> {
  deserializeBinary(bytes: Uint8Array): M
}

/** @throws Error as Fabric says that bytes are no such message */
export function unmarshal<M>(type: MessageType<M>, name: string, bytes: Uint8Array): M {
  try {
    return type.deserializeBinary(bytes)
  } catch (error) {
    throw new Error(`error unmarshalling ${name}: proto: cannot parse invalid wire-format data`, { cause: error })
  }
}
