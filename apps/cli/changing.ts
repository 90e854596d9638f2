import type { Operation } from '@cello/api'
import { Option } from '@commander-js/extra-typings'
import type { Cli } from './cli.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import { followOperation } from './follow-operation.ts'
import { type Format, printData } from './output/print.ts'

export interface WaitChoice {
  readonly wait: boolean
  readonly timeout?: number | undefined
  readonly output: Format
}

/** What happens anyway; for scripts that want it said. */
export function waitOption() {
  return new Option('--wait', 'follow it until it ends').default(true)
}

export function noWaitOption() {
  return new Option('--no-wait', 'return once the server has accepted it; prints the id of the operation')
}

export function timeoutOption() {
  return new Option('--timeout <time>', 'wait no longer, such as 90s or 10m').argParser(parseTime)
}

/** What a command does with the operation that it began: follow it, or name it. */
export async function settle(cli: Cli, operation: Operation, { wait, timeout, output }: WaitChoice): Promise<void> {
  if (!wait) {
    cli.err.write(`accepted; follow it with \`cello operation watch ${operation.id}\`\n`)
    if (output === 'json' || output === 'yaml') return printData(cli, output, operation)
    cli.out.write(`${operation.id}\n`)
    return
  }
  await printSettled(cli, output, await followOperation(cli, operation, { timeoutMs: timeout }))
}

/** What a script is given of an operation whose way was told to people: all of it, or what it was about. */
export async function printSettled(cli: Cli, format: Format, ended: Operation): Promise<void> {
  if (format === 'json' || format === 'yaml') return printData(cli, format, ended)
  if (format === 'name') cli.out.write(`${ended.subject.name}\n`)
}

/** Milliseconds of `500ms`, `90s`, `10m`, `1h`; a bare number is seconds. */
export function parseTime(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text)
  const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? 's']
  if (!match || factor === undefined) {
    throw new CommandError(exitCodes.usage, `${text} is no time.`, 'Write it as 90s, 10m or 1h.')
  }
  return Number(match[1]) * factor
}
