/**
 * Records in the state, a key for each field, so that only fields that change are written
 * (core/chaincode/lifecycle/serializer.go). Bytes are those that Fabric writes.
 */

import { createHash } from 'node:crypto'
import { decode } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import { messageOf } from '../system-contracts/answers.ts'
import type { OpaqueState, RangeableState, ReadableState, WritableState } from './state-views.ts'

const { StateData, StateMetadata } = peer.lifecycle

/** A record before it is written: the name of its type in Fabric, and its fields in their order there. */
export interface StateRecord {
  readonly type: string
  readonly fields: readonly (readonly [name: string, value: FieldValue])[]
}

export type FieldValue = { readonly int64: number } | { readonly text: string } | { readonly bytes: Uint8Array }

/** Where records of one kind lie. */
export type RecordSpace = 'namespaces' | 'chaincode-sources'

export interface RecordMetadata {
  readonly type: string
  readonly fields: readonly string[]
}

export const metadataKey = (space: RecordSpace, name: string): string => `${space}/metadata/${name}`
export const fieldKey = (space: RecordSpace, name: string, field: string): string => `${space}/fields/${name}/${field}`

export function encodeField(value: FieldValue): Uint8Array {
  const data = new StateData()
  if ('int64' in value) data.setInt64(value.int64)
  else if ('text' in value) data.setString(value.text)
  else data.setBytes(value.bytes)
  return data.serializeBinary()
}

/** Undefined: there is no such record. @throws Error in Fabric's words */
export function readMetadata(state: ReadableState, space: RecordSpace, name: string): RecordMetadata | undefined {
  const bytes = state.get(metadataKey(space, name))
  if (!bytes || bytes.length === 0) return undefined
  return decodeMetadata(bytes, `could not unmarshal metadata for namespace ${space}/${name}`)
}

/** Every record of a space, by name. */
export function readAllMetadata(state: RangeableState, space: RecordSpace): ReadonlyMap<string, RecordMetadata> {
  const prefix = metadataKey(space, '')
  const found = new Map<string, RecordMetadata>()
  for (const [key, value] of state.beginning(prefix)) {
    found.set(key.slice(prefix.length), decodeMetadata(value, `error unmarshalling metadata for key ${key}`))
  }
  return found
}

/** 0 where there is none. @throws Error in Fabric's words */
export function readInt64(state: ReadableState, space: RecordSpace, name: string, field: string): number {
  const data = readField(state, space, name, field)
  if (data.getTypeCase() === StateData.TypeCase.TYPE_NOT_SET) return 0
  if (data.hasInt64()) return data.getInt64()
  throw new Error(
    `expected key ${fieldKey(space, name, field)} to encode a value of type Int64, but was ${typeName(data)}`,
  )
}

export function readText(state: ReadableState, space: RecordSpace, name: string, field: string): string {
  const data = readField(state, space, name, field)
  if (data.getTypeCase() === StateData.TypeCase.TYPE_NOT_SET) return ''
  if (data.hasString()) return data.getString()
  throw new Error(
    `expected key ${space}/fields/${name}/${field} to encode a value of type String, but was ${typeName(data)}`,
  )
}

/** Empty where there is none. */
export function readBytes(state: ReadableState, space: RecordSpace, name: string, field: string): Uint8Array {
  const data = readField(state, space, name, field)
  if (data.getTypeCase() === StateData.TypeCase.TYPE_NOT_SET) return new Uint8Array()
  if (data.hasBytes()) return data.getBytes_asU8()
  throw new Error(
    `expected key ${fieldKey(space, name, field)} to encode a value of type []byte, but was ${typeName(data)}`,
  )
}

/** Writes what differs from the state, and takes away fields that the record no longer has. */
export function writeRecord(state: WritableState, space: RecordSpace, name: string, record: StateRecord): void {
  const before = readMetadata(state, space, name)
  const keyOf = (field: string) => fieldKey(space, name, field)
  const existing = new Map((before?.fields ?? []).map((field) => [keyOf(field), state.get(keyOf(field))]))
  for (const [field, value] of record.fields) {
    const encoded = encodeField(value)
    const old = existing.get(keyOf(field))
    if (!old || Buffer.compare(old, encoded) !== 0) state.put(keyOf(field), encoded)
    existing.delete(keyOf(field))
  }
  if (existing.size > 0 || !hasShape(before, record)) state.put(metadataKey(space, name), encodeMetadata(record))
  for (const key of existing.keys()) state.delete(key)
}

function hasShape(metadata: RecordMetadata | undefined, { type, fields }: StateRecord): boolean {
  return metadata?.type === type && metadata.fields.length === fields.length
}

/**
 * How a record differs from what the hashes say that an organization wrote: the record's type where it wrote none, or
 * one of other fields; else the fields that differ.
 */
export function mismatches(
  state: OpaqueState,
  space: RecordSpace,
  name: string,
  record: StateRecord,
): readonly string[] {
  const written = state.hash(metadataKey(space, name))
  const hashes = record.fields.map(([field]) => state.hash(fieldKey(space, name, field)))
  if (!isHashOf(written, encodeMetadata(record))) return [record.type]
  return record.fields.flatMap(([field, value], index) => (isHashOf(hashes[index], encodeField(value)) ? [] : [field]))
}

/** Whether an organization wrote a record of this type, whatever is in it. */
export function isOfType(state: OpaqueState, space: RecordSpace, name: string, record: StateRecord): boolean {
  return isHashOf(state.hash(metadataKey(space, name)), encodeMetadata(record))
}

function isHashOf(hash: Uint8Array | undefined, bytes: Uint8Array): boolean {
  return hash !== undefined && createHash('sha256').update(bytes).digest().equals(hash)
}

function encodeMetadata({ type, fields }: StateRecord): Uint8Array {
  const metadata = new StateMetadata()
  metadata.setDatatype(type)
  metadata.setFieldsList(fields.map(([name]) => name))
  return metadata.serializeBinary()
}

function decodeMetadata(bytes: Uint8Array, complaint: string): RecordMetadata {
  try {
    const metadata = decode(StateMetadata, bytes)
    return { type: metadata.getDatatype(), fields: metadata.getFieldsList() }
  } catch (error) {
    throw new Error(`${complaint}: ${messageOf(error)}`, { cause: error })
  }
}

function readField(state: ReadableState, space: RecordSpace, name: string, field: string): peer.lifecycle.StateData {
  const key = fieldKey(space, name, field)
  const bytes = reading(`could not get state for key ${key}`, () => state.get(key)) ?? new Uint8Array()
  return reading(`could not unmarshal state for key ${key}`, () => decode(StateData, bytes))
}

function reading<T>(complaint: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`${complaint}: ${messageOf(error)}`, { cause: error })
  }
}

function typeName(data: peer.lifecycle.StateData): string {
  if (data.hasInt64()) return '*lifecycle.StateData_Int64'
  return data.hasString() ? '*lifecycle.StateData_String_' : '*lifecycle.StateData_Bytes'
}
