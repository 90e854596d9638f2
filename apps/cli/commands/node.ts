import type { LogLine, Node } from '@cello/api'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { noWaitOption, settle, timeoutOption, waitOption } from '../changing.ts'
import { chosenNetwork, networkOption } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { confirmLoss } from '../confirm.ts'
import { countFrom } from '../default-network.ts'
import { paintState } from '../output/paint.ts'
import { type Format, outputOption, printData, printList, printOne } from '../output/print.ts'
import { age } from '../output/words.ts'
import { showLastLines } from '../report-error.ts'
import { nodeStatsCommand } from './node-stats.ts'

/** `cello node …` */
export function nodeCommand(cli: Cli): CommandUnknownOpts {
  const command = new Command('node').alias('nodes').description('nodes of a network, as Organization/node')
  const parts = [
    listCommand(cli),
    showCommand(cli),
    nodeStatsCommand(cli),
    powerCommand(cli, 'start', 'start a node'),
    powerCommand(cli, 'stop', 'stop a node; what it holds stays'),
    powerCommand(cli, 'restart', 'restart a node'),
    deleteCommand(cli),
    logsCommand(cli),
  ]
  for (const part of parts) command.addCommand(part)
  return command
}

function listCommand(cli: Cli): CommandUnknownOpts {
  return new Command('list')
    .alias('ls')
    .description('list the nodes of a network')
    .option(...networkOption)
    .addOption(outputOption())
    .action(async (options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const nodes = await Array.fromAsync(client.nodes.list.all({ params: { network } }))
      await printList<Node>(cli, options.output, nodes, {
        columns: [
          { title: 'NODE', value: ({ ref }) => ref },
          { title: 'KIND', value: ({ kind }) => kind },
          { title: 'STATE', value: ({ state }) => paintState(cli.out, state) },
          { title: 'PORT', value: ({ ports }) => ports.service },
          { title: 'CHANNELS', value: ({ channels }) => channels.map(channelText).join(', ') },
          {
            title: 'UP',
            value: ({ startedAt, state }) => (startedAt && state === 'running' ? age(startedAt) : undefined),
          },
        ],
        name: ({ ref }) => ref,
        none: `Network ${network} has no nodes.`,
      })
    })
}

/** `main:12*`: name, height, and a star where it leads. */
function channelText({ name, height, leads }: Node['channels'][number]): string {
  return `${name}:${height}${leads ? '*' : ''}`
}

function showCommand(cli: Cli): CommandUnknownOpts {
  return new Command('show')
    .argument('<node>', 'such as Org1/peer0')
    .description('show a node')
    .option(...networkOption)
    .addOption(outputOption())
    .action(async (node, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const found = await client.nodes.get({ params: { network, node } })
      await printOne<Node>(cli, options.output, found, {
        name: ({ ref }) => ref,
        fields: [
          { title: 'node', value: ({ ref }) => ref },
          { title: 'id', value: ({ id }) => id },
          { title: 'kind', value: ({ kind }) => kind },
          { title: 'state', value: ({ state }) => paintState(cli.out, state) },
          { title: 'reason', value: ({ reason }) => reason },
          { title: 'host', value: ({ host }) => host },
          {
            title: 'ports',
            value: ({ ports }) =>
              Object.entries(ports)
                .map(([name, port]) => `${name} ${port}`)
                .join(', '),
          },
          { title: 'serves', value: ({ contract }) => contract && `${contract.name} on ${contract.channel}` },
          { title: 'channels', value: ({ channels }) => channels.map(channelText).join(', ') },
          { title: 'started', value: ({ startedAt }) => startedAt && `${age(startedAt)} ago` },
        ],
      })
      if (options.output === 'table') showLastLines(cli, found.lastLines)
    })
}

function powerCommand(cli: Cli, verb: 'start' | 'stop' | 'restart', description: string): CommandUnknownOpts {
  return new Command(verb)
    .argument('<node>', 'such as Org1/peer0')
    .description(description)
    .option(...networkOption)
    .addOption(waitOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (node, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      await settle(cli, await client.nodes[verb]({ params: { network, node } }), options)
    })
}

function deleteCommand(cli: Cli): CommandUnknownOpts {
  return new Command('delete')
    .alias('rm')
    .argument('<node>', 'such as Org1/peer0')
    .description('take a node out of its network, with all that it holds')
    .option('-y, --yes', 'do not ask')
    .option(...networkOption)
    .addOption(waitOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (node, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      await confirmLoss(cli, `Delete node ${node} of ${network} with what it holds?`, options.yes)
      await settle(cli, await client.nodes.delete({ params: { network, node } }), options)
    })
}

function logsCommand(cli: Cli): CommandUnknownOpts {
  return new Command('logs')
    .argument('<node>', 'such as Org1/peer0')
    .description('show what a node wrote')
    .option('-f, --follow', 'and what it writes from now on, until Ctrl-C')
    .option('--tail <lines>', 'begin with so many lines', countFrom(1, 10_000), 200)
    .option(...networkOption)
    .addOption(outputOption())
    .action(async (node, { follow, tail, network: given, output }) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, given)
      const input = { params: { network, node }, query: { tail } }
      if (!follow) {
        const { items } = await client.nodes.logs(input)
        if (output === 'json' || output === 'yaml') return printData(cli, output, items)
        for (const line of items) await printLine(cli, output, line)
        return
      }
      try {
        for await (const line of client.nodes.followLogs(input)) await printLine(cli, output, line)
      } catch (error) {
        // Ctrl-C is how following ends.
        if (!cli.interrupt.aborted) throw error
      }
    })
}

/** As it comes, in what can be read although it has no end: JSON lines, or items of one YAML list. */
async function printLine(cli: Cli, format: Format, line: LogLine): Promise<void> {
  if (format === 'json') return void cli.out.write(`${JSON.stringify(line)}\n`)
  if (format === 'yaml') return printData(cli, format, [line])
  cli.out.write(`${line.text}\n`)
}
