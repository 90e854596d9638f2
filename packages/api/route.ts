import type { ErrorCode, Permission } from '@cello/model'
import type { z } from 'zod'
import { paramNames } from './params.ts'

/** What all paths but those of `outside` routes begin with. */
export const apiPrefix = '/api/v1'

/** The largest JSON body and the largest upload that are taken, bytes. */
export const bodyLimits = { json: 1024 * 1024, upload: 64 * 1024 * 1024 } as const

export interface RouteDefinition {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `apiPrefix` unless `outside`; parameters in braces, each a key of `pathParams`. */
  readonly path: `/${string}`
  readonly outside?: true
  readonly summary: string
  /** `open`: no token is asked for. */
  readonly permission: Permission | 'open'
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** The body is bytes of this type rather than JSON. */
  readonly upload?: 'application/gzip'
  readonly reply?: z.ZodType
  /** The answer is a stream of server-sent events with this data. */
  readonly events?: z.ZodType
  /** The answer is text of this type. */
  readonly text?: 'text/plain' | 'application/json'
  readonly status: 200 | 201 | 202 | 204
  /** Whether it needs, or takes, the ETag of what it changes. */
  readonly ifMatch?: 'required' | 'optional'
  /** The answer carries an ETag. */
  readonly etag?: true
  /** False for a POST that changes nothing. Default: all but GET write, and take an Idempotency-Key. */
  readonly writes?: false
  /** Codes beside `commonErrors`. */
  readonly errors: readonly ErrorCode[]
  /** Version of Cello that first had it. */
  readonly since: string
}

/** What any route can answer. */
export const commonErrors = [
  'INVALID_REQUEST',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'METHOD_NOT_ALLOWED',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA',
  'TOO_MANY_REQUESTS',
  'INTERNAL',
  'STARTING',
] as const satisfies readonly ErrorCode[]

/** What any route that writes can answer besides. */
export const writeErrors = [
  'IDEMPOTENCY_MISMATCH',
  'IDEMPOTENCY_IN_FLIGHT',
  'STORAGE_FULL',
] as const satisfies readonly ErrorCode[]

/** States a route once: server, SDK, CLI and OpenAPI are derived from it. @throws Error when a path parameter has no schema. */
export function route<const Definition extends RouteDefinition>(definition: Definition): Definition {
  paramNames(definition.path)
  return Object.freeze(definition)
}

/** The whole path, with its braces. */
export function pathOf(definition: RouteDefinition): string {
  return definition.outside ? definition.path : `${apiPrefix}${definition.path}`
}

/** Whether it changes anything, and so takes an Idempotency-Key. */
export function isWrite(definition: RouteDefinition): boolean {
  return definition.method !== 'GET' && definition.writes !== false
}
