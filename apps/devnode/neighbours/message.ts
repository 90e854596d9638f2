/** What peers say to each other: JSON in a gRPC service of the devnode's own. */
import type { MethodDefinition } from '@grpc/grpc-js'
import { field, listOf, numberOf, textOf } from './json-fields.ts'

/** A statement of one peer, passed on by others as it was signed. */
export interface Signed {
  /** JSON of a `PeerStatement`, `ChannelStatement` or `Question`: exactly what was signed. */
  readonly text: string
  /** Base64. */
  readonly signature: string
}

/** «I run, and this is where to reach me.» Times are milliseconds, and rise from statement to statement of one peer. */
export interface PeerStatement {
  readonly kind: 'peer'
  readonly time: number
  readonly endpoint: string
}

/** «I have joined this channel.» Only its members hear it. */
export interface ChannelStatement {
  readonly kind: 'channel'
  readonly time: number
  readonly channel: string
  readonly height: number
  /** Name and version. */
  readonly contracts: readonly (readonly [string, string])[]
}

/** «I ask you», addressed to an organization so that nobody of another one can ask in somebody's name. Never passed on. */
export interface Question {
  readonly kind: 'question'
  readonly time: number
  /** MSP id. */
  readonly to: string
}

/** All that is told of one peer. */
export interface Entry {
  /** Base64 of `msp.SerializedIdentity`. */
  readonly identity: string
  readonly peer: Signed
  readonly channels: readonly Signed[]
}

export interface Exchange {
  readonly question: Signed
  /** Who asks. */
  readonly self: Entry
}

export interface ExchangeAnswer {
  readonly entries: readonly Entry[]
}

/** Longest message in bytes. */
const longestBytes = 4 * 1024 * 1024

/** Bytes as they came: what cannot be read is refused by us, with a status of our choice. */
export const exchangeMethod = bytesMethod('Exchange')

/** A method of the devnode's own service. */
export function bytesMethod(name: string): MethodDefinition<Buffer, Buffer> {
  return {
    path: `/cello.devnode.Neighbours/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes) => bytes,
    requestDeserialize: (bytes) => bytes,
    responseSerialize: (bytes) => bytes,
    responseDeserialize: (bytes) => bytes,
  }
}

export const encodeMessage = (message: Exchange | ExchangeAnswer): Buffer => Buffer.from(JSON.stringify(message))

/** @throws Error saying what is wrong */
export function decodeExchange(bytes: Buffer): Exchange {
  const message = parsed(bytes)
  return {
    question: signedOf(field(message, 'question')),
    self: entryOf(field(message, 'self')),
  }
}

/** @throws Error saying what is wrong */
export function decodeAnswer(bytes: Buffer): ExchangeAnswer {
  return { entries: listOf(field(parsed(bytes), 'entries')).map(entryOf) }
}

/** @throws Error when it is no statement of that kind */
export function decodePeer(text: string): PeerStatement {
  const value = ofKind(text, 'peer')
  return { kind: 'peer', time: numberOf(field(value, 'time')), endpoint: textOf(field(value, 'endpoint')) }
}

/** @throws Error when it is no statement of that kind */
export function decodeChannel(text: string): ChannelStatement {
  const value = ofKind(text, 'channel')
  return {
    kind: 'channel',
    time: numberOf(field(value, 'time')),
    channel: textOf(field(value, 'channel')),
    height: numberOf(field(value, 'height')),
    contracts: listOf(field(value, 'contracts')).map(
      (pair) => [textOf(field(pair, 0)), textOf(field(pair, 1))] as const,
    ),
  }
}

/** @throws Error when it is no statement of that kind */
export function decodeQuestion(text: string): Question {
  const value = ofKind(text, 'question')
  return { kind: 'question', time: numberOf(field(value, 'time')), to: textOf(field(value, 'to')) }
}

function ofKind(text: string, kind: string): unknown {
  const value: unknown = JSON.parse(text)
  if (field(value, 'kind') !== kind) throw new Error(`not a statement of the kind ${kind}`)
  return value
}

function parsed(bytes: Buffer): unknown {
  if (bytes.length > longestBytes) throw new Error(`a message of ${bytes.length} bytes is too long`)
  return JSON.parse(bytes.toString('utf8'))
}

function entryOf(value: unknown): Entry {
  return {
    identity: textOf(field(value, 'identity')),
    peer: signedOf(field(value, 'peer')),
    channels: listOf(field(value, 'channels')).map(signedOf),
  }
}

/** @throws Error when it is none */
export function signedOf(value: unknown): Signed {
  return { text: textOf(field(value, 'text')), signature: textOf(field(value, 'signature')) }
}
