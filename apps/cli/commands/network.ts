import type { NetworkSummary } from '@cello/api'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { noWaitOption, settle, timeoutOption, waitOption } from '../changing.ts'
import { chosenNetwork } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { confirmLoss } from '../confirm.ts'
import { paintState } from '../output/paint.ts'
import { outputOption, printData, printList, printOne, type Shape } from '../output/print.ts'
import { age } from '../output/words.ts'
import { networkConnectCommand } from './network-connect.ts'
import { networkApplyCommand, networkCreateCommand, networkPlanCommand } from './network-document.ts'

/** `cello network …` */
export function networkCommand(cli: Cli): CommandUnknownOpts {
  const command = new Command('network').alias('networks').description('networks: make, change, start, stop, delete')
  const parts = [
    networkCreateCommand(cli),
    listCommand(cli),
    showCommand(cli),
    networkPlanCommand(cli),
    networkApplyCommand(cli),
    powerCommand(cli, 'start', 'start all nodes'),
    powerCommand(cli, 'stop', 'stop all nodes; what they hold stays'),
    powerCommand(cli, 'restart', 'restart all nodes'),
    deleteCommand(cli),
    networkConnectCommand(cli),
  ]
  for (const part of parts) command.addCommand(part)
  return command
}

function shape(cli: Cli): Shape<NetworkSummary> {
  return {
    columns: [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'STATE', value: ({ state }) => paintState(cli.out, state) },
      { title: 'NODES', value: ({ nodes }) => `${nodes.running} of ${nodes.wanted}` },
      { title: 'RUNTIME', value: ({ runtime }) => runtimeText(runtime) },
      { title: 'CHANNELS', value: ({ channels }) => channels.map(({ name }) => name).join(', ') },
      { title: 'AGE', value: ({ createdAt }) => age(createdAt) },
    ],
    name: ({ name }) => name,
    none: 'There is no network yet. Make one with `cello network create`.',
  }
}

/** A devnode is never passed off as Fabric: its version is that of the Fabric whose behaviour it follows. */
function runtimeText({ kind, version }: NetworkSummary['runtime']): string {
  return kind === 'devnode' ? `devnode (as ${version})` : `${kind} ${version}`
}

function listCommand(cli: Cli): CommandUnknownOpts {
  return new Command('list')
    .alias('ls')
    .description('list networks')
    .addOption(outputOption())
    .action(async ({ output }) => {
      const client = await cli.client()
      await printList(cli, output, await Array.fromAsync(client.networks.list.all()), shape(cli))
    })
}

function showCommand(cli: Cli): CommandUnknownOpts {
  return new Command('show')
    .argument('[network]')
    .description('show a network')
    .option('--document', 'only its document, which can be edited and applied again')
    .addOption(outputOption())
    .action(async (given, { output, document }) => {
      const client = await cli.client()
      const chosen = await chosenNetwork(cli, client, given, 'argument')
      const network = await client.networks.get({ params: { network: chosen } })
      if (document && output !== 'name') return printData(cli, output === 'json' ? 'json' : 'yaml', network.spec)
      await printOne(cli, output, network, {
        name: ({ name }) => name,
        fields: [
          { title: 'name', value: ({ name }) => name },
          { title: 'id', value: ({ id }) => id },
          { title: 'state', value: ({ state }) => paintState(cli.out, state) },
          { title: 'reason', value: ({ reason }) => reason },
          { title: 'runtime', value: ({ runtime }) => runtimeText(runtime) },
          { title: 'host', value: ({ host }) => host },
          { title: 'nodes', value: ({ nodes }) => `${nodes.running} of ${nodes.wanted} run` },
          { title: 'organizations', value: ({ spec }) => spec.organizations.map(({ name }) => name).join(', ') },
          {
            title: 'channels',
            value: ({ channels }) => channels.map(({ name, height }) => `${name} (height ${height ?? '?'})`).join(', '),
          },
          {
            title: 'operation',
            value: ({ operation }) => operation && `${operation.kind} ${operation.state} ${operation.id}`,
          },
          { title: 'made', value: ({ createdAt }) => `${age(createdAt)} ago` },
        ],
      })
    })
}

function powerCommand(cli: Cli, verb: 'start' | 'stop' | 'restart', description: string): CommandUnknownOpts {
  return new Command(verb)
    .argument('[network]')
    .description(description)
    .addOption(waitOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (given, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, given, 'argument')
      await settle(cli, await client.networks[verb]({ params: { network } }), options)
    })
}

function deleteCommand(cli: Cli): CommandUnknownOpts {
  return new Command('delete')
    .alias('rm')
    .argument('<network>')
    .description('delete a network with all that it holds')
    .option('-y, --yes', 'do not ask')
    .addOption(waitOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (network, options) => {
      await confirmLoss(cli, `Delete network ${network} with its ledgers and keys?`, options.yes)
      const client = await cli.client()
      await settle(cli, await client.networks.delete({ params: { network } }), options)
    })
}
