import { common, peer } from '@hyperledger/fabric-protos'
import type { Message } from 'google-protobuf'
import { decode } from './decode.ts'
import type { MessageClass } from './message-shape.ts'
import { decodeLossless } from './unknown-fields.ts'

/**
 * The message's encoding with the entries of every map in key order: equal messages give equal bytes. (google-protobuf
 * sorts map keys when it writes; Go does not.) `bytes` fields stay as they are, whatever is in them.
 */
export function canonicalBytes(message: Message): Uint8Array {
  return message.serializeBinary()
}

/** Any encoding of a message in canonical order. @throws FabricError UNKNOWN_FIELDS, PROTOCOL. */
export function canonicalForm<M extends Message>(bytes: Uint8Array, type: MessageClass<M>): Uint8Array {
  return canonicalBytes(decodeLossless(bytes, type))
}

/** Config values that hold a map: the only places where Go's random map order hides inside opaque bytes of a config. */
const valuesWithMaps: Readonly<Record<string, MessageClass>> = {
  Capabilities: common.Capabilities,
  ACLs: peer.ACLs,
}

/**
 * A copy of a config group in which the values that hold maps (capabilities, access control lists) are in canonical order
 * too, at every depth: two encodings of one config become equal. @throws FabricError UNKNOWN_FIELDS, PROTOCOL.
 */
export function canonicalConfigGroup(group: common.ConfigGroup): common.ConfigGroup {
  const copy = decode(common.ConfigGroup, group.serializeBinary())
  canonicalizeValues(copy)
  return copy
}

function canonicalizeValues(group: common.ConfigGroup): void {
  for (const [name, value] of group.getValuesMap().entries()) {
    const type = valuesWithMaps[name]
    if (type) value.setValue(canonicalForm(value.getValue_asU8(), type))
  }
  for (const [, child] of group.getGroupsMap().entries()) canonicalizeValues(child)
}
