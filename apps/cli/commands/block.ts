import type { Block } from '@cello/api'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { z } from 'zod'
import { channelOption, chosenChannel, chosenNetwork, networkOption } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { countFrom } from '../default-network.ts'
import { outputOption, printData, printList } from '../output/print.ts'

/** `cello block …` */
export function blockCommand(cli: Cli): CommandUnknownOpts {
  return new Command('block')
    .alias('blocks')
    .description('blocks of a channel')
    .addCommand(listCommand(cli))
    .addCommand(showCommand(cli))
}

function listCommand(cli: Cli): CommandUnknownOpts {
  return new Command('list')
    .alias('ls')
    .description('list blocks, newest first')
    .option(...networkOption)
    .option(...channelOption)
    .option('--limit <n>', 'at most so many', countFrom(1, 50), 10)
    .addOption(outputOption())
    .action(async (options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channel = await chosenChannel(client, network, options.channel)
      const { items } = await client.channels.blocks({ params: { network, channel }, query: { limit: options.limit } })
      await printList<Block>(cli, options.output, items, {
        columns: [
          { title: 'BLOCK', value: ({ number }) => number },
          { title: 'TRANSACTIONS', value: ({ content }) => transactionsOf(content).length },
          { title: 'WHAT', value: ({ content }) => kindsOf(content) },
          { title: 'HASH', value: ({ content }) => textOf(content['hash'])?.slice(0, 16) },
        ],
        name: ({ number }) => String(number),
        none: `Channel ${channel} has no blocks yet.`,
      })
    })
}

function showCommand(cli: Cli): CommandUnknownOpts {
  return new Command('show')
    .argument('<number>')
    .description('show a block whole')
    .option(...networkOption)
    .option(...channelOption)
    .addOption(outputOption())
    .action(async (number, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channel = await chosenChannel(client, network, options.channel)
      const block = await client.channels.block({ params: { network, channel, number } })
      if (options.output === 'name') return void cli.out.write(`${block.number}\n`)
      // A block is a tree: as a table it would lose what people look for.
      await printData(cli, options.output === 'json' ? 'json' : 'yaml', block.content)
    })
}

function transactionsOf(content: Block['content']): readonly unknown[] {
  const { transactions } = content
  return Array.isArray(transactions) ? transactions : []
}

const Transaction = z.object({
  kind: z.string(),
  actions: z.array(z.object({ contract: z.string(), lifecycle: z.object({ act: z.string() }).optional() })).optional(),
})

/** What a block's transactions are: contracts by name, `approve` and `commit` of contracts, `config`. */
function kindsOf(content: Block['content']): string {
  const kinds = transactionsOf(content).flatMap((transaction) => {
    const { data } = Transaction.safeParse(transaction)
    if (!data?.actions) return data?.kind ?? []
    return data.actions.map(({ contract, lifecycle }) => lifecycle?.act ?? contract)
  })
  return [...new Set(kinds)].join(', ')
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
