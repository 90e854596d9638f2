import type { Cli } from './cli.ts'
import { CommandError, exitCodes } from './exit-codes.ts'

/** Asks before something is lost. Off a terminal nothing is asked and --yes is needed. @throws CommandError unless the answer is yes. */
export async function confirmLoss(cli: Cli, question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return
  if (!cli.in.isTTY || !cli.err.isTTY) {
    throw new CommandError(exitCodes.usage, `${question} Nothing is asked off a terminal.`, 'Say --yes if you mean it.')
  }
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({ message: question, initialValue: false, output: process.stderr })
  if (isCancel(answer)) throw new CommandError(exitCodes.interrupted, 'Nothing was changed.')
  if (!answer) throw new CommandError(exitCodes.failed, 'Nothing was changed.')
}
