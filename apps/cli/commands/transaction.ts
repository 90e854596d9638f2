import type { Transaction, TransactionTrace } from '@cello/api'
import type { Client } from '@cello/sdk'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { channelOption, chosenChannel, chosenNetwork, networkOption, wholeId } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { countFrom } from '../default-network.ts'
import { paint } from '../output/paint.ts'
import { outputOption, printData, printList } from '../output/print.ts'
import { age } from '../output/words.ts'

/** `cello transaction …` */
export function transactionCommand(cli: Cli): CommandUnknownOpts {
  return new Command('transaction')
    .alias('transactions')
    .description('transactions: what was sent, what stands in the chain, what happened inside')
    .addCommand(listCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(traceCommand(cli))
}

function listCommand(cli: Cli): CommandUnknownOpts {
  return new Command('list')
    .alias('ls')
    .description('list the transactions that this server sent, newest first')
    .option(...networkOption)
    .option('--limit <n>', 'at most so many', countFrom(1, 100), 20)
    .addOption(outputOption())
    .action(async ({ network: given, limit, output }) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, given)
      const { items } = await client.transactions.list({ params: { network }, query: { limit } })
      await printList<Transaction>(cli, output, items, {
        columns: [
          { title: 'TRANSACTION', value: ({ txId }) => txId.slice(0, 16) },
          { title: 'STATE', value: ({ status, state }) => status ?? state },
          { title: 'BLOCK', value: ({ block }) => block },
          { title: 'WHAT', value: ({ contract, function: name, purpose }) => (name ? `${contract}.${name}` : purpose) },
          { title: 'AGE', value: ({ createdAt }) => age(createdAt) },
        ],
        name: ({ txId }) => txId,
        none: 'Nothing was sent yet.',
      })
    })
}

function showCommand(cli: Cli): CommandUnknownOpts {
  return new Command('show')
    .argument('<txId>')
    .description('show a transaction as it stands in the chain')
    .option(...networkOption)
    .option(...channelOption)
    .addOption(outputOption())
    .action(async (given, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channel = await chosenChannel(client, network, options.channel)
      const txId = await sentId(client, network, given)
      const found = await client.channels.transaction({ params: { network, channel, txId } })
      if (options.output === 'name') return void cli.out.write(`${found.txId}\n`)
      // It is a tree: as a table it would lose what people look for.
      await printData(cli, options.output === 'json' ? 'json' : 'yaml', found.content)
    })
}

function traceCommand(cli: Cli): CommandUnknownOpts {
  return new Command('trace')
    .argument('[txId]', 'which one; one that never came into a block too', 'newest')
    .description('show what happened inside a transaction: reads, writes, calls, policies (networks of devnodes)')
    .option(...networkOption)
    .option(...channelOption)
    .addOption(outputOption())
    .action(async (given, { output, ...options }) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channel = await chosenChannel(client, network, options.channel)
      const txId = await sentId(client, network, given)
      const trace = await client.channels.trace({ params: { network, channel, txId } })
      if (output === 'json' || output === 'yaml') return printData(cli, output, trace)
      if (output === 'name') return void cli.out.write(`${trace.txId}\n`)
      cli.out.write(`transaction ${trace.txId}\n`)
      for (const peer of trace.peers) showPeer(cli, peer)
    })
}

/** Of a transaction that this server sent lately, the beginning of its id is enough. */
function sentId(client: Client, network: string, given: string): Promise<string> {
  return wholeId(given, async () => {
    const { items } = await client.transactions.list({ params: { network }, query: { limit: 100 } })
    return items.map(({ txId }) => txId)
  })
}

function showPeer(cli: Cli, { node, events }: TransactionTrace['peers'][number]): void {
  cli.out.write(`\n${paint(cli.out, 'bold', node)}\n`)
  const width = Math.max(0, ...events.map(({ kind }) => kind.length))
  for (const { kind, ...facts } of events) {
    const colour = 'refusal' in facts || kind === 'conflict' ? 'red' : 'dim'
    cli.out.write(`  ${paint(cli.out, colour, kind.padEnd(width))}  ${factsText(facts)}\n`)
  }
}

/** `key=boat bytes=120`: what a developer scans for, in the order in which the peer told it. */
function factsText(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== false)
    .map(([name, value]) =>
      value === true ? name : `${name}=${Array.isArray(value) ? value.join(',') : plain(value)}`,
    )
    .join(' ')
}

const plain = (value: unknown): string => {
  const text = String(value)
  return /[\s\p{Cc}]/u.test(text) || text === '' ? JSON.stringify(text) : text
}
