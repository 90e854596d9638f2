import { list } from '@cello/kit'
import type { Client } from '@cello/sdk'
import type { Cli } from './cli.ts'
import { CommandError, exitCodes } from './exit-codes.ts'

/** The network that a command is about: as given, CELLO_NETWORK, or the only one there is. */
export async function chosenNetwork(cli: Cli, client: Client, given: string | undefined): Promise<string> {
  const named = given ?? cli.env['CELLO_NETWORK']
  if (named) return named
  const networks = await Array.fromAsync(client.networks.list.all())
  return onlyOne(
    networks.map(({ name }) => name),
    'network',
    '--network NAME, or set CELLO_NETWORK',
    'Make one with `cello network create`.',
  )
}

/** The channel that a command is about: as given, or the only one of the network. */
export async function chosenChannel(client: Client, network: string, given: string | undefined): Promise<string> {
  if (given) return given
  const channels = await Array.fromAsync(client.channels.list.all({ params: { network } }))
  return onlyOne(
    channels.map(({ name }) => name),
    'channel',
    '--channel NAME',
    'Add one to the document of the network with `cello network apply`.',
  )
}

function onlyOne(names: readonly string[], noun: string, how: string, none: string): string {
  const [only] = names
  if (only === undefined) throw new CommandError(exitCodes.notFound, `There is no ${noun} yet.`, none)
  if (names.length === 1) return only
  throw new CommandError(
    exitCodes.usage,
    `There are ${names.length} ${noun}s: ${list(names)}.`,
    `Say which with ${how}.`,
  )
}
