import type { Problem } from '@cello/api'
import { type ErrorCode, type ErrorFacts, PlatformError } from '@cello/model'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'

/** A name for each kind of problem; docs/errors.md explains it. */
const typeBase = 'urn:cello:problem:'

/** How much of what a caller sent is said back to them, characters. */
const echoed = 200

type Mistake = NonNullable<Problem['errors']>[number]

/** A request that is not as the API says, with every place where it is not. */
export class RequestMistakes extends Error {
  override readonly name = 'RequestMistakes'
  readonly mistakes: readonly Mistake[]

  constructor(mistakes: readonly Mistake[]) {
    super('the request is not as the API says')
    this.mistakes = mistakes
  }
}

/** Answers any error as RFC 9457 says. Nothing of a stack or a foreign message leaves here; those go to the log. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { problem, mistakes } = translate(error)
  if (problem.status >= 500) logFailure(error, problem, request)
  const facts = presentFacts(problem.facts)
  const body: Problem = {
    type: `${typeBase}${problem.code}`,
    title: problem.code.toLowerCase().replaceAll('_', ' '),
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    next: problem.next,
    retry: problem.retry,
    requestId: request.id,
    ...(mistakes ? { errors: [...mistakes] } : {}),
    ...(Object.keys(facts).length > 0 ? { facts } : {}),
  }
  if (problem.status === 401) reply.header('WWW-Authenticate', 'Bearer')
  if (problem.retry === 'later' && (problem.status === 429 || problem.status === 503)) reply.header('Retry-After', '1')
  return reply
    .code(problem.status)
    .header('Cache-Control', 'no-store')
    .header('X-Request-Id', request.id)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(body)
}

/** Of codes of 500 and more, those that tell of a fault of ours; the others tell what happens to networks and machines. */
const faults: ReadonlySet<string> = new Set<ErrorCode>(['INTERNAL', 'LEDGER_PROTOCOL'])

function logFailure(error: unknown, { code, message, retry, cause }: PlatformError, { log }: FastifyRequest): void {
  if (faults.has(code)) return log.error({ err: error }, 'request failed')
  const why = cause instanceof Error ? cause.message : undefined
  // What will never be met is no trouble of a network.
  const level = retry === 'never' ? 'info' : 'warn'
  log[level]({ code, detail: message, cause: why }, 'request could not be met')
}

interface Translated {
  readonly problem: PlatformError
  readonly mistakes?: readonly Mistake[]
}

function translate(error: unknown): Translated {
  if (error instanceof PlatformError) return { problem: error }
  const mistakes = mistakesOf(error)
  if (mistakes) {
    const [first] = mistakes
    const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more)` : ''
    const detail = first ? `${first.pointer || 'the body'}: ${first.detail}${more}` : 'it does not fit'
    return { problem: new PlatformError('INVALID_REQUEST', { detail }, { cause: error }), mistakes }
  }
  return { problem: translateFramework(error) }
}

/** What Fastify itself refuses, by its status; everything unknown is INTERNAL. */
function translateFramework(error: unknown): PlatformError {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  const options = { cause: error }
  switch (status) {
    case 400:
    case 414:
      return new PlatformError('INVALID_REQUEST', { detail: foreignDetail(error) }, options)
    case 413:
      return new PlatformError('BODY_TOO_LARGE', { limit: 'the allowed number of' }, options)
    case 415:
      return new PlatformError('UNSUPPORTED_MEDIA', { type: 'of this request' }, options)
    case 429:
      return new PlatformError('TOO_MANY_REQUESTS', {}, options)
    case 503:
      return new PlatformError('STARTING', {}, options)
    default:
      return new PlatformError('INTERNAL', {}, options)
  }
}

/** What is wrong with a body that is no JSON, in our words: the parser's own would repeat what was sent. */
function foreignDetail(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return 'the body is empty, but its content type is application/json'
  if (error instanceof SyntaxError) return 'the body is not the JSON that it should be'
  return 'the body or the path cannot be read'
}

function mistakesOf(error: unknown): readonly Mistake[] | undefined {
  if (error instanceof RequestMistakes) return error.mistakes
  if (!hasZodFastifySchemaValidationErrors(error)) return undefined
  const context = error instanceof Error && 'validationContext' in error ? error.validationContext : 'body'
  const base =
    context === 'body' ? '' : context === 'querystring' ? '/query' : `/${context === 'params' ? 'path' : context}`
  return error.validation.flatMap((issue): Mistake[] => {
    const path = issue.instancePath === '/' ? '' : issue.instancePath
    const keys = 'keys' in issue.params && Array.isArray(issue.params['keys']) ? issue.params['keys'] : undefined
    if (keys) {
      return keys.map((key) => ({
        pointer: shorten(`${base}${path}/${escapePointer(String(key))}`),
        detail: 'there is no such field here',
      }))
    }
    return [{ pointer: shorten(`${base}${path}`), detail: shorten(issue.message ?? 'it does not fit') }]
  })
}

/** RFC 6901: `~` and `/` in a key. */
function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function shorten(text: string): string {
  return text.length <= echoed ? text : `${text.slice(0, echoed)}…`
}

function presentFacts(facts: ErrorFacts): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

/** A path that nothing is served at, said back only as far as it is harmless. */
export function unknownPath(url: string): PlatformError {
  const path = url.split('?')[0] ?? ''
  return new PlatformError('NOT_FOUND', { noun: 'path', id: shorten(path.replaceAll(/[^\w/.{}-]/g, '·')) })
}
