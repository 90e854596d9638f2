import { createHash } from 'node:crypto'
import { isWrite, type RouteDefinition } from '@cello/api'
import { stableJson } from '@cello/kit'
import type { RequestStore } from '@cello/ports'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { RequestMistakes } from './problems.ts'

/** A write that named itself by an Idempotency-Key. */
export interface NamedRequest {
  readonly key: string
  readonly actor: string
  /** The id that the command gives to what it makes: the same for the same request, even across a crash. */
  readonly commandId: string
}

declare module 'fastify' {
  interface FastifyRequest {
    named: NamedRequest | undefined
  }
}

/** Headers that are part of an answer and given again with it. */
const keptHeaders = ['content-type', 'location', 'etag']

/**
 * Takes the key of a write. @returns true when the answer was given before and has now been given again, byte for byte.
 * @throws IDEMPOTENCY_MISMATCH, IDEMPOTENCY_IN_FLIGHT, RequestMistakes for a key that is none
 */
export async function beginNamed(
  requests: RequestStore,
  definition: RouteDefinition,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  const key = isWrite(definition) ? keyOf(request) : undefined
  if (key === undefined) return false
  const actor = request.actor.name
  const hash = hashOf(request)
  const before = await requests.begin({ key, actor, hash, at: Date.now() })
  if (before === 'new') {
    request.named = { key, actor, commandId: commandIdOf(`${actor}\n${key}\n${hash}`) }
    return false
  }
  await reply
    .code(before.status)
    .headers({ ...before.headers, 'Idempotency-Replayed': 'true' })
    .serializer((text: unknown) => String(text))
    .send(before.body)
  return true
}

/** Keeps the answer of a named write before it is sent; a failure frees the key, for the command can tell what it made before. */
export async function endNamed(
  requests: RequestStore,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<void> {
  const { named } = request
  if (!named) return
  request.named = undefined
  const { key, actor } = named
  if (reply.statusCode >= 400 || typeof payload !== 'string') return requests.abandon({ key, actor })
  const headers = Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = reply.getHeader(name)
      return value === undefined ? [] : [[name, String(value)]]
    }),
  )
  await requests.finish({ key, actor, status: reply.statusCode, body: payload, headers })
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw new RequestMistakes([
    { pointer: '/headers/Idempotency-Key', detail: 'use 1–200 visible ASCII characters, such as a UUID' },
  ])
}

function hashOf({ method, url, body }: FastifyRequest): string {
  const hash = createHash('sha256').update(`${method} ${url}\n`)
  return hash.update(body instanceof Uint8Array ? body : (stableJson(body) ?? '')).digest('hex')
}

/** A UUID of version 8 (RFC 9562: contents as the maker likes) out of a digest. */
function commandIdOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
