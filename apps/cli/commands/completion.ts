import { Argument, Command, type CommandUnknownOpts } from '@commander-js/extra-typings'

const shells = ['bash', 'zsh', 'fish'] as const

/** What help shows; the command itself is put in its place by `installCompletion` when it is asked for. */
export function completionCommand(): CommandUnknownOpts {
  return new Command('completion')
    .addArgument(new Argument('<shell>').choices(shells))
    .description('print what makes a shell complete commands: source <(cello completion bash)')
}

/** Whether these arguments ask for a completion script (`completion bash`) or for suggestions (`complete -- …`, by the script). */
export function asksForCompletion([command]: readonly string[]): boolean {
  return command === 'completion' || command === 'complete'
}

/** Adds the commands that print scripts and suggestions; loads their library, which nothing else needs. */
export async function installCompletion(program: CommandUnknownOpts): Promise<void> {
  const { default: tab } = await import('@bomb.sh/tab/commander')
  tab(program, { completionCommandName: 'completion' })
}
