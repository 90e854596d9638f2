import type { Note, Operation, OperationEvent } from '@cello/api'
import { duration, hasCode } from '@cello/kit'
import type { Client } from '@cello/sdk'
import type { Cli } from './cli.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import { paint } from './output/paint.ts'
import { took } from './output/words.ts'
import { liveProgress } from './progress/live-progress.ts'
import { plainProgress } from './progress/plain-progress.ts'
import { stepId } from './progress/step-tree.ts'
import { say, showLastLines } from './report-error.ts'

export interface FollowOptions {
  /** Milliseconds; absent: as long as it takes. */
  readonly timeoutMs?: number | undefined
}

/**
 * Shows an operation until it ends. Ctrl-C detaches and leaves it running. Sets the exit code when it did not succeed.
 * @returns it as it ended. @throws CommandError when time is up or Ctrl-C was pressed.
 */
export async function followOperation(cli: Cli, started: Operation, options: FollowOptions = {}): Promise<Operation> {
  cli.err.write(`${paint(cli.err, 'bold', titleOf(started))}\n`)
  const ended = await watch(cli, started, options)
  report(cli, ended)
  return ended
}

/** `create network demo`, `restart node of demo`, `install fabric on host local`. */
function titleOf({ kind, subject }: Operation): string {
  const words = kind.replaceAll('-', ' ')
  if (subject.kind === 'host') return `${words} on host ${subject.name}`
  return kind.endsWith('-node') ? `${words} of ${subject.name}` : `${words} ${subject.name}`.trim()
}

async function watch(cli: Cli, started: Operation, { timeoutMs }: FollowOptions): Promise<Operation> {
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
  const signal = timeout ? AbortSignal.any([cli.interrupt, timeout]) : cli.interrupt
  try {
    using progress = cli.err.isTTY ? liveProgress(cli.err) : plainProgress(cli.err)
    return await follow(await cli.client(), started, { signal, show: (operation) => progress.show(operation) })
  } catch (error) {
    if (cli.interrupt.aborted) throw detached(started, error)
    if (timeout?.aborted) throw tooLong(started, timeoutMs ?? 0, error)
    if (hasCode(error, 'UNREACHABLE')) throw leftAlone(started, error)
    throw error
  }
}

async function follow(
  client: Client,
  started: Operation,
  { signal, show }: { readonly signal: AbortSignal; readonly show: (operation: Operation) => void },
): Promise<Operation> {
  const params = { operation: started.id }
  show(started)
  let current = started
  for await (const event of client.operations.events({ params, signal })) {
    // A plan brings steps that only the operation lists.
    current = event.kind === 'planned' ? await client.operations.get({ params, signal }) : withEvent(current, event)
    show(current)
    if (event.kind === 'state' && isOver(event.state)) break
  }
  const ended = await client.operations.get({ params, signal })
  show(ended)
  return ended
}

function withEvent(operation: Operation, { state, step, error }: OperationEvent): Operation {
  const others = step
    ? operation.steps.map((known) => (stepId(known) === stepId(step) ? step : known))
    : operation.steps
  return { ...operation, state, steps: others, ...(error && { error }) }
}

function isOver(state: Operation['state']): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled' || state === 'superseded'
}

function detached({ id }: Operation, cause: unknown): CommandError {
  return new CommandError(
    exitCodes.interrupted,
    'Detached; the server works on.',
    `Come back with \`cello operation watch ${id}\`, or stop it with \`cello operation cancel ${id}\`.`,
    { cause },
  )
}

function leftAlone({ id }: Operation, cause: unknown): CommandError {
  return new CommandError(
    exitCodes.failed,
    'The server does not answer any more.',
    `Start it with \`npm start\`, and it goes on; come back with \`cello operation watch ${id}\`.`,
    { cause },
  )
}

function tooLong({ id }: Operation, ms: number, cause: unknown): CommandError {
  return new CommandError(
    exitCodes.timedOut,
    `Not done after ${duration(ms)}; the server works on.`,
    `Go on watching with \`cello operation watch ${id}\`.`,
    { cause },
  )
}

function report(cli: Cli, operation: Operation): void {
  showNotes(cli, operation.notes)
  if (operation.state !== 'succeeded') return reportFailure(cli, operation)
  const time = took(operation.createdAt, operation.endedAt) ?? ''
  cli.err.write(`${paint(cli.err, 'green', 'done')} in ${time}\n`)
}

function reportFailure(cli: Cli, operation: Operation): void {
  const { id, state, error } = operation
  cli.exitCode = exitCodes.failed
  if (error) say(cli, error.message, error.next)
  else say(cli, `The operation was ${state}.`, nextStep(operation))
  showLastLines(cli, error?.lastLines)
  if (state === 'failed') cli.err.write(`       Retry with \`cello operation retry ${id}\`.\n`)
}

/** What was refused, what stays behind and what is waited for. */
export function showNotes(cli: Cli, notes: readonly Note[]): void {
  for (const { kind, subject, message, next } of notes) {
    cli.err.write(`${paint(cli.err, 'yellow', kind)} ${subject}: ${message}${next ? ` ${next}` : ''}\n`)
  }
}

function nextStep(operation: Operation): string | undefined {
  const { state } = operation
  if (state === 'cancelled') return afterCancel(operation)
  if (state === 'superseded') return 'A newer change took its place: see `cello operation list`.'
  return undefined
}

/** What is left when an operation was cancelled, and what can be done about it. */
export function afterCancel({ subject, kind }: Operation): string {
  if (subject.kind === 'network') {
    return `What was wanted stays wanted: \`cello network delete ${subject.name}\` removes it.`
  }
  return kind === 'install-fabric'
    ? 'The host is as it was; what was fetched is kept, and another `cello fabric install` goes on from there.'
    : 'The host is as it was.'
}
