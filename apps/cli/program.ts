import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import packageJson from '../../package.json' with { type: 'json' }
import type { Cli } from './cli.ts'
import { blockCommand } from './commands/block.ts'
import { certificateCommand } from './commands/certificate.ts'
import { channelCommand } from './commands/channel.ts'
import { completionCommand } from './commands/completion.ts'
import { contractCommand } from './commands/contract.ts'
import { downCommand } from './commands/down.ts'
import { fabricCommand } from './commands/fabric.ts'
import { identityCommand } from './commands/identity.ts'
import { networkCommand } from './commands/network.ts'
import { nodeCommand } from './commands/node.ts'
import { operationCommand } from './commands/operation.ts'
import { packageCommand } from './commands/package.ts'
import { transactionCommand } from './commands/transaction.ts'

const helpEnd = `
Data goes to stdout, talk to stderr. Ctrl-C leaves a command; what the server has begun goes on.
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 denied, 5 conflict, 6 timed out, 130 Ctrl-C.
Variables: CELLO_NETWORK, CELLO_DATA, CELLO_URL with CELLO_TOKEN or CELLO_TOKEN_FILE, NO_COLOR, CELLO_DEBUG.`

/** The whole command line. Nothing in it is loaded but what commands and help need; clients and parsers come with the first use. */
export function createProgram(cli: Cli, { completion = true } = {}): CommandUnknownOpts {
  const program = new Command('cello')
    .description('Hyperledger Fabric networks on the machines you have')
    .version(packageJson.version)
    // Else `--version` behind a command would be this one, not the command's own.
    .enablePositionalOptions()
  const nouns = [
    networkCommand(cli),
    nodeCommand(cli),
    channelCommand(cli),
    contractCommand(cli),
    packageCommand(cli),
    identityCommand(cli),
    certificateCommand(cli),
    blockCommand(cli),
    transactionCommand(cli),
    operationCommand(cli),
    fabricCommand(cli),
    downCommand(cli),
    ...(completion ? [completionCommand()] : []),
  ]
  for (const noun of nouns) program.addCommand(noun)
  program.addHelpText('after', helpEnd)
  settle(program, cli)
  return program
}

/** Errors are thrown, not exits, and every command writes where its caller says. */
function settle(command: CommandUnknownOpts, cli: Cli): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help to see how it is used)')
    .configureOutput({ writeOut: (text) => cli.out.write(text), writeErr: (text) => cli.err.write(text) })
  for (const inner of command.commands) settle(inner, cli)
}
