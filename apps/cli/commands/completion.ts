import { Argument, Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { liveNames, nounSought } from '../completion-names.ts'

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

/**
 * Adds the commands that print scripts and suggestions; loads their library, which nothing else needs. Where the words ask for
 * something that only the server knows, its names are fetched before the library, which waits for nothing, is asked.
 */
export async function installCompletion(program: CommandUnknownOpts, cli: Cli, args: readonly string[]): Promise<void> {
  const { default: tab } = await import('@bomb.sh/tab/commander')
  // Found out first: the library adds commands of its own.
  const words = args.slice(args.indexOf('--') + 1)
  const noun = args[0] === 'complete' ? nounSought(program, words) : undefined
  const root = tab(program, { completionCommandName: 'completion' })
  if (noun === undefined) return
  const names = await liveNames(cli, noun, words)
  const offer = (complete: (value: string, description: string) => void) => {
    for (const { value, description } of names) complete(value, description)
  }
  // One word is completed, and this is what it is to name: whichever place the library finds for it.
  for (const { options, arguments: places } of root.commands.values()) {
    for (const place of places.values()) place.handler = offer
    for (const option of options.values()) if (!option.isBoolean) option.handler = offer
  }
}
