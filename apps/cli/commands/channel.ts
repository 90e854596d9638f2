import type { Channel } from '@cello/api'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { chosenChannel, chosenNetwork, networkOption } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { paintState } from '../output/paint.ts'
import { outputOption, printList, printOne } from '../output/print.ts'

/** `cello channel …` */
export function channelCommand(cli: Cli): CommandUnknownOpts {
  return new Command('channel')
    .alias('channels')
    .description('channels of a network')
    .addCommand(listCommand(cli))
    .addCommand(showCommand(cli))
}

function listCommand(cli: Cli): CommandUnknownOpts {
  return new Command('list')
    .alias('ls')
    .description('list channels')
    .option(...networkOption)
    .addOption(outputOption())
    .action(async (options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channels = await Array.fromAsync(client.channels.list.all({ params: { network } }))
      await printList<Channel>(cli, options.output, channels, {
        columns: [
          { title: 'CHANNEL', value: ({ name }) => name },
          { title: 'STATE', value: ({ ready }) => paintState(cli.out, ready ? 'ready' : 'pending') },
          { title: 'CONSENSUS', value: ({ consensus }) => consensus.type },
          { title: 'HEIGHT', value: ({ height }) => height },
          { title: 'MEMBERS', value: ({ members }) => members.join(', ') },
          { title: 'CONTRACTS', value: ({ contracts }) => contracts.join(', ') },
        ],
        name: ({ name }) => name,
        none: `Network ${network} has no channels.`,
      })
    })
}

function showCommand(cli: Cli): CommandUnknownOpts {
  return new Command('show')
    .argument('[channel]')
    .description('show a channel')
    .option(...networkOption)
    .addOption(outputOption())
    .action(async (given, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channel = await chosenChannel(client, network, given, 'argument')
      await printOne<Channel>(cli, options.output, await client.channels.get({ params: { network, channel } }), {
        name: ({ name }) => name,
        fields: [
          { title: 'channel', value: ({ name }) => name },
          { title: 'state', value: ({ ready }) => paintState(cli.out, ready ? 'ready' : 'pending') },
          { title: 'problems', value: ({ problems }) => problems.join('\n') },
          { title: 'height', value: ({ height }) => height },
          { title: 'config', value: ({ configSequence: n }) => (n === undefined ? undefined : `sequence ${n}`) },
          { title: 'consensus', value: ({ consensus: { type, ...rest } }) => `${type} ${settings(rest)}` },
          { title: 'batch', value: ({ batch }) => settings(batch) },
          { title: 'members', value: ({ members }) => members.join(', ') },
          { title: 'ordered by', value: ({ orderers }) => orderers.join(', ') },
          { title: 'peers', value: ({ peers }) => peers.map(({ node, height }) => `${node} at ${height}`).join('\n') },
          { title: 'consenters', value: ({ consenters }) => consenters.map(consenterText).join('\n') },
          { title: 'contracts', value: ({ contracts }) => contracts.join(', ') },
        ],
      })
    })
}

function consenterText({ node, height, status, leads }: Channel['consenters'][number]): string {
  return `${node} at ${height}, ${status}${leads ? ', leads' : ''}`
}

function settings(values: object): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ')
}
