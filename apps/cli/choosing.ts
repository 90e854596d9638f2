import { list } from '@cello/kit'
import type { Client } from '@cello/sdk'
import type { Cli } from './cli.ts'
import { CommandError, exitCodes } from './exit-codes.ts'

/** How commands are told what they are about, see `chosenNetwork` and `chosenChannel`. */
export const networkOption = [
  '-n, --network <network>',
  'which network (default: CELLO_NETWORK, or the only one)',
] as const
export const channelOption = ['-c, --channel <channel>', 'which channel (default: the only one)'] as const

/** A contract as the API's paths name it. */
export interface ContractPlace {
  readonly network: string
  readonly channel: string
  readonly contract: string
}

/** How a command is told which one it is about. */
type Place = 'option' | 'argument'

const howNetwork: Readonly<Record<Place, string>> = {
  option: '--network NAME, or set CELLO_NETWORK',
  argument: 'its name behind the command, or set CELLO_NETWORK',
}
const howChannel: Readonly<Record<Place, string>> = {
  option: '--channel NAME',
  argument: 'its name behind the command',
}

/** The network that a command is about: as given, CELLO_NETWORK, or the only one there is. */
export async function chosenNetwork(
  cli: Cli,
  client: Client,
  given: string | undefined,
  place: Place = 'option',
): Promise<string> {
  const named = given ?? cli.env['CELLO_NETWORK']
  if (named) return named
  const networks = await Array.fromAsync(client.networks.list.all())
  return onlyOne(
    networks.map(({ name }) => name),
    'network',
    howNetwork[place],
    'Make one with `cello network create`.',
  )
}

/** The channel that a command is about: as given, or the only one of the network. */
export async function chosenChannel(
  client: Client,
  network: string,
  given: string | undefined,
  place: Place = 'option',
): Promise<string> {
  if (given) return given
  const channels = await Array.fromAsync(client.channels.list.all({ params: { network } }))
  return onlyOne(
    channels.map(({ name }) => name),
    'channel',
    howChannel[place],
    'Add one to the document of the network with `cello network apply`.',
  )
}

/** Hex digits of a SHA-256: package digests and transaction ids. */
const wholeLength = 64

/**
 * A digest or transaction id as given or, where what is given is only its beginning, as tables show it, the one that
 * `listed` has. One that nobody knows stays as it is: the server says what is wrong with it.
 * @throws CommandError where several begin so
 */
export async function wholeId(given: string, listed: () => Promise<readonly string[]>): Promise<string> {
  if (given.length >= wholeLength || !/^[0-9a-f]{4,}$/.test(given)) return given
  const [only, ...others] = new Set((await listed()).filter((id) => id.startsWith(given)))
  if (others.length === 0) return only ?? given
  throw new CommandError(exitCodes.usage, `${others.length + 1} of them begin with ${given}.`, 'Give more of it.')
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
