import { Problem } from '@cello/api'
import type { ErrorCode } from '@cello/model'

/** A code that a newer server knows and this client does not. */
type NewerCode = string & Record<never, never>

/** What went wrong with a call: a problem that the server answered, or that it did not answer. */
export class CelloError extends Error {
  override readonly name = 'CelloError'
  /** A row of docs/errors.md; `UNREACHABLE` where no server answered, `UNEXPECTED` where one that is no Cello did. */
  readonly code: ErrorCode | 'UNREACHABLE' | 'UNEXPECTED' | NewerCode
  /** HTTP status; 0 where there was no answer. */
  readonly status: number
  /** What to do next. */
  readonly next: string
  readonly retry: Problem['retry']
  readonly requestId: string | undefined
  /** What is wrong in the request, by JSON pointer. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[]
  readonly facts: Readonly<Record<string, unknown>>

  constructor(
    message: string,
    problem: { readonly [Field in keyof Problem]?: Problem[Field] | undefined } & {
      readonly code: CelloError['code']
      readonly status: number
    },
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.code = problem.code
    this.status = problem.status
    this.next = problem.next ?? 'Look at the log of the server.'
    this.retry = problem.retry ?? 'never'
    this.requestId = problem.requestId
    this.errors = problem.errors ?? []
    this.facts = problem.facts ?? {}
  }
}

/** The error that an answer of status 400 and more stands for. */
export async function errorOf(response: Response): Promise<CelloError> {
  const text = await response.text().catch(() => '')
  const problem = parseProblem(text)
  if (problem) return new CelloError(problem.detail, problem)
  return new CelloError(`The server answered ${response.status} and said nothing that Cello says`, {
    code: 'UNEXPECTED',
    status: response.status,
    next: 'Check that the address is that of a Cello server.',
    retry: response.status >= 500 ? 'later' : 'never',
  })
}

/** No server answered. */
export function unreachable(baseUrl: string, cause: unknown): CelloError {
  return new CelloError(
    `No server answers at ${baseUrl}`,
    { code: 'UNREACHABLE', status: 0, next: 'Start it with `npm start`, or give its address.', retry: 'later' },
    { cause },
  )
}

/** What makes a problem Cello's; the rest may be missing in what another version says. */
const AnyProblem = Problem.partial().required({ code: true, status: true, detail: true })

function parseProblem(text: string) {
  try {
    return AnyProblem.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
