import type { Contract } from '@cello/api'
import type { Collection } from '@cello/model'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { channelOption, chosenChannel, chosenNetwork, networkOption } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { paintState } from '../output/paint.ts'
import { outputOption, printList, printOne } from '../output/print.ts'
import { invokeCommand, queryCommand } from './contract-call.ts'
import { deployCommand, upgradeCommand } from './contract-deploy.ts'
import { reloadCommand } from './contract-reload.ts'

/** `cello contract …` */
export function contractCommand(cli: Cli): CommandUnknownOpts {
  const command = new Command('contract')
    .alias('contracts')
    .description('contracts on a channel: deploy, upgrade, call')
  for (const part of [
    deployCommand(cli),
    upgradeCommand(cli),
    reloadCommand(cli),
    listCommand(cli),
    showCommand(cli),
    invokeCommand(cli),
    queryCommand(cli),
  ]) {
    command.addCommand(part)
  }
  return command
}

function listCommand(cli: Cli): CommandUnknownOpts {
  return new Command('list')
    .alias('ls')
    .description('list the contracts of a channel')
    .option(...networkOption)
    .option(...channelOption)
    .addOption(outputOption())
    .action(async (options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channel = await chosenChannel(client, network, options.channel)
      const contracts = await Array.fromAsync(client.contracts.list.all({ params: { network, channel } }))
      await printList<Contract>(cli, options.output, contracts, {
        columns: [
          { title: 'CONTRACT', value: ({ name }) => name },
          { title: 'STATE', value: ({ state }) => paintState(cli.out, state) },
          { title: 'VERSION', value: ({ version }) => version },
          { title: 'SEQUENCE', value: ({ sequence }) => sequence },
          { title: 'APPROVED BY', value: ({ approvals }) => approvals.join(', ') },
          { title: 'RUN BY', value: ({ nodes, spec }) => spec.address ?? nodes.join(', ') },
        ],
        name: ({ name }) => name,
        none: `Channel ${channel} has no contracts. Deploy one with \`cello contract deploy DIR\`.`,
      })
    })
}

function showCommand(cli: Cli): CommandUnknownOpts {
  return new Command('show')
    .argument('<name>', 'what it is called on the channel')
    .description('show a contract: what is wanted of it, what is committed, who runs it')
    .option(...networkOption)
    .option(...channelOption)
    .addOption(outputOption())
    .action(async (contract, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channel = await chosenChannel(client, network, options.channel)
      const found = await client.contracts.get({ params: { network, channel, contract } })
      await printOne<Contract>(cli, options.output, found, {
        name: ({ name }) => name,
        fields: [
          { title: 'contract', value: ({ name, channel: its }) => `${name} on ${its}` },
          { title: 'state', value: ({ state }) => paintState(cli.out, state) },
          { title: 'wanted', value: ({ spec }) => `version ${spec.version}` },
          {
            title: 'committed',
            value: ({ version, sequence }) => version && `version ${version}, sequence ${sequence}`,
          },
          { title: 'package', value: ({ spec }) => spec.package },
          { title: 'runs code', value: ({ spec }) => spec.code },
          { title: 'policy', value: ({ spec }) => spec.policy ?? "the channel's Endorsement policy" },
          { title: 'init', value: ({ spec }) => (spec.initRequired ? 'required' : undefined) },
          { title: 'collections', value: ({ spec }) => spec.collections.map(collectionText).join('\n') },
          { title: 'installed on', value: ({ spec }) => spec.peers?.join(', ') },
          { title: 'approved by', value: ({ approvals }) => approvals.join(', ') },
          { title: 'run by', value: ({ nodes, spec }) => spec.address ?? nodes.join(', ') },
          { title: 'package id', value: ({ packageIds }) => packageIdText(packageIds) },
        ],
      })
    })
}

/** One, or each with those whose it is: what a contract runs at is part of it. */
function packageIdText(packageIds: Contract['packageIds']): string {
  const organizations = Map.groupBy(Object.keys(packageIds), (organization) => packageIds[organization])
  if (organizations.size < 2) return [...organizations.keys()].join('')
  return [...organizations].map(([id, names]) => `${id} (${names.join(', ')})`).join('\n')
}

function collectionText({ name, policy }: Collection): string {
  return `${name}: ${policy}`
}
