import type { Message } from 'google-protobuf'
import { FabricError } from '../errors.ts'
import { boundReaders } from './bounded-readers.ts'
import type { MessageClass } from './message-shape.ts'
import { soundBytes } from './sound-bytes.ts'

boundReaders()

/**
 * A message from bytes that came from outside, read as Go reads them: what it passes over is passed over, what it refuses is
 * refused, in time and memory that the length of `bytes` bounds. Unknown fields are lost: see `decodeLossless`.
 * @throws FabricError PROTOCOL, without the node: see `readAnswer`
 */
export function decode<M extends Message>(type: MessageClass<M>, bytes: Uint8Array): M {
  try {
    return type.deserializeBinary(soundBytes(bytes, type))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new FabricError('PROTOCOL', reason, {}, { cause: error })
  }
}
