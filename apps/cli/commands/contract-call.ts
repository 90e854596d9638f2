import type { CallResult } from '@cello/api'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { channelOption, chosenChannel, chosenNetwork, networkOption } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { paint } from '../output/paint.ts'
import { outputOption, printData } from '../output/print.ts'

/** `cello contract invoke` */
export function invokeCommand(cli: Cli): CommandUnknownOpts {
  return callCommand('invoke', 'call a contract and commit what it writes')
    .option('--init', 'the first call, which a contract deployed with --init-required waits for')
    .action(async (contract, name, args, options) => {
      const { client, params } = await target(cli, contract, options)
      const sent = await client.contracts.invoke({ params, body: callBody(name, args, options) })
      cli.err.write(
        `${paint(cli.err, 'green', sent.status ?? sent.state)} in block ${sent.block ?? '?'}, transaction ${sent.txId}\n`,
      )
      if (options.output === 'json' || options.output === 'yaml') return printData(cli, options.output, sent)
      if (options.output === 'name') return void cli.out.write(`${sent.txId}\n`)
      printResult(cli, { result: sent.result ?? '', encoding: sent.encoding ?? 'utf8' })
    })
}

/** `cello contract query` */
export function queryCommand(cli: Cli): CommandUnknownOpts {
  return callCommand('query', 'call a contract at one peer; nothing is written').action(
    async (contract, name, args, options) => {
      const { client, params } = await target(cli, contract, options)
      const answer = await client.contracts.query({ params, body: callBody(name, args, options) })
      if (options.output === 'json' || options.output === 'yaml') return printData(cli, options.output, answer)
      printResult(cli, answer)
    },
  )
}

interface CallOptions {
  readonly network?: string | undefined
  readonly channel?: string | undefined
  readonly organization?: string | undefined
  readonly as?: string | undefined
  readonly transient?: string[] | undefined
  readonly init?: boolean | undefined
}

function callCommand(name: string, description: string) {
  return new Command(name)
    .argument('<contract>')
    .argument('<function>')
    .argument('[args...]', 'after -- where one begins with a hyphen')
    .description(description)
    .option(...networkOption)
    .option(...channelOption)
    .option('--organization <name>', 'whose identity calls (default: the first member)')
    .option('--as <identity>', 'admin, or a user whose key the server holds', 'admin')
    .option('--transient <key=value...>', 'private input that stays out of the transaction')
    .addOption(outputOption())
}

async function target(cli: Cli, contract: string, options: CallOptions) {
  const client = await cli.client()
  const network = await chosenNetwork(cli, client, options.network)
  const channel = await chosenChannel(client, network, options.channel)
  return { client, params: { network, channel, contract } }
}

function callBody(name: string, args: string[], { organization, as, transient, init }: CallOptions) {
  return {
    function: name,
    args,
    ...(organization && { organization }),
    ...(as && { identity: as }),
    ...(init && { init }),
    ...(transient && { transient: Object.fromEntries(transient.map(keyAndValue)) }),
  }
}

/** Splits `key=value`. @throws CommandError */
export function keyAndValue(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new CommandError(exitCodes.usage, `${text} is not key=value.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function printResult(cli: Cli, { result, encoding }: CallResult): void {
  if (encoding === 'base64') cli.err.write('the answer is no text; in base64:\n')
  if (result !== '') cli.out.write(`${result}\n`)
}
