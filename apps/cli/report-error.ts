import type { CelloError } from '@cello/sdk'
import type { Cli } from './cli.ts'
import { CommandError, exitCodeOf, exitCodes } from './exit-codes.ts'
import { paint } from './output/paint.ts'

/** Says on stderr what went wrong and what to do next. @returns the exit code. */
export function reportError(cli: Cli, error: unknown): number {
  if (error instanceof CommandError) {
    say(cli, error.message, error.next, error.exitCode === exitCodes.interrupted ? 'left' : 'error')
    return error.exitCode
  }
  if (cli.interrupt.aborted) return exitCodes.interrupted
  if (isCelloError(error)) {
    reportProblem(cli, error)
    return exitCodeOf(error)
  }
  say(cli, error instanceof Error ? error.message : String(error), undefined)
  if (cli.env['CELLO_DEBUG'] && error instanceof Error) cli.err.write(`${error.stack ?? ''}\n`)
  return exitCodes.failed
}

function reportProblem(cli: Cli, error: CelloError): void {
  // Of a command line there is no body to mend: each mistake stands for itself.
  if (error.code === 'INVALID_REQUEST' && error.errors.length > 0) {
    for (const { pointer, detail } of error.errors) say(cli, `${placeOf(pointer)}: ${detail}`, undefined)
    return
  }
  say(cli, error.message, nextOf(error))
  for (const { pointer, detail } of error.errors) cli.err.write(`  ${pointer || '/'}: ${detail}\n`)
  const { problems } = error.facts
  if (Array.isArray(problems)) for (const problem of problems) cli.err.write(`  ${String(problem)}\n`)
  if (error.requestId && error.code === 'INTERNAL') cli.err.write(`  request ${error.requestId}\n`)
}

/** What lists the things of a noun. */
const lists: Readonly<Record<string, string>> = {
  network: 'network list',
  organization: 'network show',
  node: 'node list',
  peer: 'node list',
  channel: 'channel list',
  contract: 'contract list',
  package: 'package list',
  user: 'identity list',
  block: 'block list',
  transaction: 'transaction list',
  operation: 'operation list',
}

function nextOf({ code, facts, next }: CelloError): string | undefined {
  // Its next step is for callers of the API.
  if (code === 'INVALID_REQUEST') return undefined
  const listed = code === 'NOT_FOUND' ? lists[String(facts['noun'])] : undefined
  return listed === undefined ? next : `\`cello ${listed}\` shows what there is.`
}

/** `/path/operation` is the operation that was given, `/channels/0/batch` a place in a document. */
function placeOf(pointer: string): string {
  return pointer.replace(/^\/(?:path|query)\//, '').replace(/^\//, '') || 'what was given'
}

/** The end of a node's log, set apart from what we say. */
export function showLastLines(cli: Cli, lines: readonly string[] | undefined): void {
  for (const line of lines ?? []) cli.err.write(`  ${paint(cli.err, 'dim', `│ ${line}`)}\n`)
}

/** What happened, and what to do about it. */
export function say(cli: Cli, message: string, next: string | undefined, mark: 'error' | 'left' = 'error'): void {
  cli.err.write(`${paint(cli.err, mark === 'error' ? 'red' : 'yellow', mark)} ${message}\n`)
  if (next) cli.err.write(`${paint(cli.err, 'cyan', ' next')} ${next}\n`)
}

/** By its name: the class is in a package that is loaded only when a server is talked to. */
function isCelloError(error: unknown): error is CelloError {
  return error instanceof Error && error.name === 'CelloError' && 'next' in error && 'status' in error
}
