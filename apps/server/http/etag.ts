import type { RouteDefinition } from '@cello/api'
import { PlatformError } from '@cello/model'
import type { FastifyRequest } from 'fastify'

/** The ETag of a network's wanted state: what is seen of it moves without it. */
export function etagOf({ id, generation }: { readonly id: string; readonly generation: number }): string {
  return `"${id}.${generation}"`
}

/**
 * The generation that the caller says to have read; undefined for `*`, or where none is asked for and none given.
 * @throws PRECONDITION_REQUIRED, PRECONDITION_FAILED for a tag that is not of this thing
 */
export function expectedGeneration(
  definition: RouteDefinition,
  request: FastifyRequest,
  about: { readonly noun: string; readonly id: string },
): number | undefined {
  const given = request.headers['if-match']
  if (given === undefined) {
    if (definition.ifMatch === 'required') throw new PlatformError('PRECONDITION_REQUIRED', { ...about })
    return undefined
  }
  if (given.trim() === '*') return undefined
  const [, generation] = /^"[0-9a-f-]{36}\.(\d{1,15})"$/.exec(given.trim()) ?? []
  if (generation === undefined) throw new PlatformError('PRECONDITION_FAILED', { ...about })
  return Number(generation)
}
