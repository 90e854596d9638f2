/** What peers of one organization say to each other about private data. */
import { createHash } from 'node:crypto'
import { field, listOf, numberOf, textOf } from './json-fields.ts'
import { bytesMethod, type Signed, signedOf } from './message.ts'
import type { FoundPrivate, PrivateOffer, WantedPrivate } from './private-exchange.ts'

export const fetchMethod = bytesMethod('FetchPrivate')
export const pushMethod = bytesMethod('PushPrivate')

/** «I ask this», addressed to an organization. Never passed on. */
export interface PrivateRequest {
  readonly kind: 'fetch private' | 'push private'
  readonly time: number
  /** MSP id. */
  readonly to: string
  /** Hexadecimal SHA-256 of the body. */
  readonly body: string
}

/** A request with what it is about. */
export interface PrivateMessage {
  /** Base64 of `msp.SerializedIdentity`: who asks. */
  readonly identity: string
  readonly request: Signed
  /** JSON. */
  readonly body: string
}

export const bodyHash = (body: string): string => createHash('sha256').update(body).digest('hex')

export const encodePrivate = (message: PrivateMessage): Buffer => Buffer.from(JSON.stringify(message))

/** @throws Error saying what is wrong */
export function decodePrivate(bytes: Buffer): PrivateMessage {
  const message: unknown = JSON.parse(bytes.toString('utf8'))
  return {
    identity: textOf(field(message, 'identity')),
    request: signedOf(field(message, 'request')),
    body: textOf(field(message, 'body')),
  }
}

/** @throws Error when it is no request of that kind */
export function decodePrivateRequest(text: string, kind: PrivateRequest['kind']): PrivateRequest {
  const value: unknown = JSON.parse(text)
  if (field(value, 'kind') !== kind) throw new Error(`not a request of the kind ${kind}`)
  const [to, body] = [textOf(field(value, 'to')), textOf(field(value, 'body'))]
  return { kind, time: numberOf(field(value, 'time')), to, body }
}

export const encodeOffer = ({ channel, txId, writes }: PrivateOffer): string =>
  JSON.stringify({ channel, txId, writes: base64(writes) })

/** @throws Error saying what is wrong */
export function decodeOffer(body: string): PrivateOffer {
  const value: unknown = JSON.parse(body)
  const [channel, txId] = [textOf(field(value, 'channel')), textOf(field(value, 'txId'))]
  return { channel, txId, writes: Buffer.from(textOf(field(value, 'writes')), 'base64') }
}

export const encodeWanted = (channel: string, wanted: readonly WantedPrivate[]): string =>
  JSON.stringify({ channel, wanted: wanted.map((one) => ({ ...one, hash: base64(one.hash) })) })

/** @throws Error saying what is wrong */
export function decodeWanted(body: string): { readonly channel: string; readonly wanted: readonly WantedPrivate[] } {
  const value: unknown = JSON.parse(body)
  return { channel: textOf(field(value, 'channel')), wanted: listOf(field(value, 'wanted')).map(wantedOf) }
}

export const encodeFound = (found: readonly FoundPrivate[]): Buffer =>
  Buffer.from(
    JSON.stringify({ found: found.map((one) => ({ ...one, hash: base64(one.hash), writes: base64(one.writes) })) }),
  )

/** @throws Error saying what is wrong */
export function decodeFound(bytes: Buffer): readonly FoundPrivate[] {
  const value: unknown = JSON.parse(bytes.toString('utf8'))
  return listOf(field(value, 'found')).map((one) => ({
    ...wantedOf(one),
    writes: Buffer.from(textOf(field(one, 'writes')), 'base64'),
  }))
}

function wantedOf(value: unknown): WantedPrivate {
  return {
    block: numberOf(field(value, 'block')),
    transaction: numberOf(field(value, 'transaction')),
    txId: textOf(field(value, 'txId')),
    namespace: textOf(field(value, 'namespace')),
    collection: textOf(field(value, 'collection')),
    hash: Buffer.from(textOf(field(value, 'hash')), 'base64'),
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
