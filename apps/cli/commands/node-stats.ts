import type { Node, NodeStats } from '@cello/api'
import { hasCode, systemClock } from '@cello/kit'
import type { Client } from '@cello/sdk'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { chosenNetwork, networkOption } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { paintState } from '../output/paint.ts'
import { outputOption, printList } from '../output/print.ts'
import { bytes } from '../output/words.ts'

/** Milliseconds between the two readings that say how busy a node is now. */
const betweenMs = 1_000

/** States of nodes that have a process, as far as is known. */
const up: ReadonlySet<Node['state']> = new Set(['starting', 'running', 'unhealthy', 'stopping'])

/** What a node uses; no figures of one that does not run. */
interface Usage extends Partial<NodeStats> {
  readonly node: string
  readonly state: Node['state']
  /** Of one processor core, between two readings. */
  readonly cpuPercent?: number
}

/** `cello node stats` */
export function nodeStatsCommand(cli: Cli): CommandUnknownOpts {
  return new Command('stats')
    .argument('[node]', 'such as Org1/peer0 (default: all)')
    .description('show how much processor, memory and disk nodes use')
    .option(...networkOption)
    .addOption(outputOption())
    .action(async (node, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const usages =
        node === undefined
          ? await usagesOf(cli, client, network)
          : [await readUsage(cli, client, network, await client.nodes.get({ params: { network, node } }))]
      await printList<Usage>(cli, options.output, usages, {
        columns: [
          { title: 'NODE', value: (one) => one.node },
          { title: 'STATE', value: ({ state }) => paintState(cli.out, state) },
          { title: 'CPU', value: ({ cpuPercent: n }) => (n === undefined ? undefined : `${n.toFixed(1)} %`) },
          { title: 'MEMORY', value: ({ memoryBytes: n }) => (n === undefined ? undefined : bytes(n)) },
          { title: 'DISK', value: ({ diskBytes: n }) => (n === undefined ? undefined : bytes(n)) },
        ],
        name: (one) => one.node,
        none: `Network ${network} has no nodes.`,
      })
    })
}

/** Of every node of a network. */
async function usagesOf(cli: Cli, client: Client, network: string): Promise<Usage[]> {
  const nodes = await Array.fromAsync(client.nodes.list.all({ params: { network } }))
  return Promise.all(
    nodes.map(async (node) => {
      const without = { node: node.ref, state: node.state }
      if (!up.has(node.state)) return without
      return readUsage(cli, client, network, node).catch((error: unknown) => {
        if (hasCode(error, 'NODE_UNREACHABLE', 'NODE_NOT_READY')) return without
        throw error
      })
    }),
  )
}

async function readUsage(cli: Cli, client: Client, network: string, { ref, state }: Node): Promise<Usage> {
  const params = { network, node: ref }
  const before = await client.nodes.stats({ params })
  await systemClock.sleep(betweenMs, { signal: cli.interrupt })
  const now = await client.nodes.stats({ params })
  const ms = Date.parse(now.at) - Date.parse(before.at)
  // Less than before: it was started anew in between.
  const cpuPercent = ms > 0 ? Math.max(0, (100 * (now.cpuMs - before.cpuMs)) / ms) : 0
  return { node: ref, state, cpuPercent, ...now }
}
