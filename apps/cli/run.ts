import { CommanderError } from '@commander-js/extra-typings'
import type { Cli } from './cli.ts'
import { asksForCompletion, installCompletion } from './commands/completion.ts'
import { exitCodes } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { reportError } from './report-error.ts'

/** Runs one command line. @returns the exit code; nothing is thrown. */
export async function run(cli: Cli, args: readonly string[]): Promise<number> {
  const completes = asksForCompletion(args)
  const program = createProgram(cli, { completion: !completes })
  try {
    if (completes) await installCompletion(program, cli, args)
    await program.parseAsync([...args], { from: 'user' })
    return cli.exitCode
  } catch (error) {
    // Commander has said what is wrong; 0 is `--help`, and a noun without a verb shows its help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    return reportError(cli, error)
  }
}
