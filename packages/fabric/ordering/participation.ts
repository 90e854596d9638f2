import { randomUUID } from 'node:crypto'
import { channelNamedIn, channelUpdatedBy } from '../block-channel.ts'
import type { CallOptions, Endpoint } from '../endpoint.ts'
import { FabricError, type FabricErrorCode } from '../errors.ts'
import { meaningOf } from '../foreign-text.ts'
import { type CallSubject, factsOf } from '../limits.ts'
import { openRest, type RestAnswer, type RestRequest } from './rest.ts'

/** How an orderer takes part in a channel (orderer/common/types ChannelInfo). */
export interface OrdererChannel {
  readonly name: string
  readonly consensusRelation: 'consenter' | 'follower' | 'config-tracker' | 'other'
  readonly status: 'active' | 'onboarding' | 'inactive' | 'failed'
  /** Number of the last block plus one; 0 while nothing is stored. */
  readonly height: number
}

/** The channel participation API of one orderer, over mutual TLS at its admin address. */
export interface Participation extends AsyncDisposable {
  /** Names of the channels that the orderer has joined. */
  list(options?: CallOptions): Promise<readonly string[]>
  /** @throws FabricError NOT_FOUND when it has not joined */
  show(channel: string, options?: CallOptions): Promise<OrdererChannel>
  /** Joins by config block (genesis or a later one). @throws FabricError ALREADY_DONE on a second join */
  join(configBlock: Uint8Array, options?: CallOptions): Promise<OrdererChannel>
  /** @throws FabricError ALREADY_DONE when it has not joined; NOT_READY while an earlier removal runs */
  remove(channel: string, options?: CallOptions): Promise<void>
  /**
   * Submits a signed config update envelope (Fabric 3.1.2 and later), after a look at whether the orderer takes part in the
   * channel: one that does not would never answer anybody again (3.1.5: Registrar.UpdateChannel keeps its lock).
   * @throws FabricError CONFLICT when the config has moved, NOT_FOUND where it has not joined, NOT_READY at a follower, INVALID
   *   on older Fabric
   */
  update(configUpdateEnvelope: Uint8Array, options?: CallOptions): Promise<OrdererChannel>
  /** An encoded block (Fabric 3.1.2 and later). @throws FabricError NOT_FOUND */
  block(channel: string, which: number | 'newest' | 'oldest' | 'config', options?: CallOptions): Promise<Uint8Array>
}

const base = '/participation/v1/channels'

const codes: Readonly<Record<number, FabricErrorCode>> = {
  400: 'INVALID',
  401: 'DENIED',
  403: 'NOT_READY', // an update at a follower; nothing else answers it
  404: 'NOT_FOUND',
  405: 'INVALID',
  409: 'NOT_READY',
  503: 'NOT_READY',
}

/** Opens nothing yet. `endpoint` is the orderer's admin address. @throws FabricError INVALID, see `openRest` */
export function openParticipation(endpoint: Endpoint): Participation {
  const rest = openRest(endpoint)
  const ask = async (request: RestRequest, subject: CallSubject, options?: CallOptions): Promise<RestAnswer> => {
    const answer = await rest.send(request, { ...options, ...subject })
    if (answer.status >= 200 && answer.status < 300) return answer
    throw refusal(answer, endpoint, subject)
  }
  const send = async (method: 'POST' | 'PUT', body: Form, subject: CallSubject, options?: CallOptions) =>
    channelOf(await ask({ method, path: base, body }, subject, options), endpoint, subject)
  const pathOf = (channel: string) => `${base}/${encodeURIComponent(channel)}`
  return {
    async list(options) {
      const subject = { doing: 'list channels' }
      return namesOf(await ask({ method: 'GET', path: base }, subject, options), endpoint, subject)
    },
    async show(channel, options) {
      const subject = { doing: 'read the channel’s status', channel }
      return channelOf(await ask({ method: 'GET', path: pathOf(channel) }, subject, options), endpoint, subject)
    },
    join: (block, options) =>
      send('POST', formData('config-block', block), about('join a channel', channelNamedIn(block, 'block')), options),
    async update(envelope, options) {
      const channel = channelUpdatedBy(envelope)
      const subject = about('update a channel', channel ?? channelNamedIn(envelope, 'envelope'))
      if (channel !== undefined) {
        const seen = channelOf(await ask({ method: 'GET', path: pathOf(channel) }, subject, options), endpoint, subject)
        if (seen.consensusRelation !== 'consenter' || seen.status !== 'active')
          throw takesNoPart(seen, endpoint, subject)
      }
      return send('PUT', formData('config-update-envelope', envelope), subject, options)
    },
    async remove(channel, options) {
      await ask({ method: 'DELETE', path: pathOf(channel) }, { doing: 'leave the channel', channel }, options)
    },
    async block(channel, which, options) {
      const path = `${pathOf(channel)}/blocks/${which}`
      const answer = await ask({ method: 'GET', path }, { doing: `read block ${which}`, channel }, options)
      return new Uint8Array(answer.body)
    },
    [Symbol.asyncDispose]: () => rest[Symbol.asyncDispose](),
  }
}

function takesNoPart({ consensusRelation, status }: OrdererChannel, endpoint: Endpoint, subject: CallSubject) {
  return new FabricError('NOT_READY', `Could not ${subject.doing}: the orderer is a ${consensusRelation}, ${status}`, {
    node: endpoint.node,
    ...factsOf(subject),
    next: 'Send the update to an active consenter of the channel',
  })
}

function about(doing: string, channel: string | undefined): CallSubject {
  return channel === undefined ? { doing } : { doing, channel }
}

type Form = NonNullable<RestRequest['body']>

function formData(field: string, bytes: Uint8Array): Form {
  const boundary = `cello-${randomUUID()}`
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${field}"\r\nContent-Type: application/octet-stream\r\n\r\n`
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  }
}

function refusal({ status, body }: RestAnswer, endpoint: Endpoint, subject: CallSubject): FabricError {
  const text = errorText(body)
  const meaning = meaningOf(text)
  const next = /invalid request method/.test(text) ? 'Use Fabric 3.1.2 or later for this call' : meaning?.next
  return new FabricError(meaning?.code ?? codes[status] ?? 'PROTOCOL', `Could not ${subject.doing}: ${text}`, {
    node: endpoint.node,
    ...factsOf(subject),
    ...(next === undefined ? {} : { next }),
    status: `HTTP ${status}`,
  })
}

function errorText(body: Buffer): string {
  const said = parse(body)
  if (isRecord(said) && typeof said['error'] === 'string') return said['error']
  return body.toString('utf8', 0, 500).trim() || 'no reason given'
}

function namesOf(answer: RestAnswer, endpoint: Endpoint, subject: CallSubject): readonly string[] {
  const said = parse(answer.body)
  // Go writes an empty list as null.
  const channels = isRecord(said) ? (said['channels'] ?? []) : undefined
  if (!Array.isArray(channels)) throw unexpected(endpoint, subject)
  return channels.map((entry: unknown) => {
    if (!isRecord(entry) || typeof entry['name'] !== 'string') throw unexpected(endpoint, subject)
    return entry['name']
  })
}

const relations = ['consenter', 'follower', 'config-tracker', 'other'] as const
const statuses = ['active', 'onboarding', 'inactive', 'failed'] as const

function channelOf(answer: RestAnswer, endpoint: Endpoint, subject: CallSubject): OrdererChannel {
  const said = parse(answer.body)
  if (!isRecord(said)) throw unexpected(endpoint, subject)
  const { name, height } = said
  const consensusRelation = relations.find((relation) => relation === said['consensusRelation'])
  const status = statuses.find((known) => known === said['status'])
  if (typeof name !== 'string' || typeof height !== 'number' || !consensusRelation || !status) {
    throw unexpected(endpoint, subject)
  }
  return { name, consensusRelation, status, height }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function unexpected(endpoint: Endpoint, subject: CallSubject): FabricError {
  return new FabricError('PROTOCOL', `Could not ${subject.doing}: not an answer of the participation API`, {
    node: endpoint.node,
    ...factsOf(subject),
    next: 'Check that this is an orderer’s admin address',
  })
}
