import { readFile } from 'node:fs/promises'
import { text as readStream } from 'node:stream/consumers'
import type { PlanPreview } from '@cello/api'
import type { NetworkSpecInput } from '@cello/model'
import type { Client } from '@cello/sdk'
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { noWaitOption, settle, timeoutOption } from '../changing.ts'
import type { Cli } from '../cli.ts'
import { countFrom, defaultNetwork } from '../default-network.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { showNotes } from '../follow-operation.ts'
import { outputOption, printData } from '../output/print.ts'

/** `cello network create` */
export function networkCreateCommand(cli: Cli): CommandUnknownOpts {
  return new Command('create')
    .argument('[name]', 'its name', undefined)
    .description('make a network: of the usual shape, or from a document')
    .option('--name <name>', 'its name (default: demo, or what the file says)')
    .option('-f, --file <spec.yaml>', 'a document; - reads it from stdin')
    .option('--orgs <n>', 'organizations with peers', countFrom(1, 49), 2)
    .option('--peers <n>', 'peers of each organization', countFrom(1, 100), 1)
    .option('--orderers <n>', 'orderers (default: 3 for raft, 4 for bft; 1 of devnodes)', countFrom(1, 50))
    .addOption(
      new Option('--consensus <type>', 'how orderers agree').choices(['raft', 'bft'] as const).default('raft' as const),
    )
    .option('--channel <name>', 'the channel of all organizations', 'main')
    .option('--fabric-version <version>', 'such as 3.1.5 (default: the one with the star in `cello fabric list`)')
    .addOption(
      new Option('--runtime <kind>', 'what its nodes are; auto: Fabric where it is found, else the devnode')
        .choices(['auto', 'fabric', 'devnode'] as const)
        .default('auto' as const),
    )
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (given, options) => {
      const { file, fabricVersion: version, ...shape } = options
      const name = given ?? options.name
      const client = await cli.client()
      const body = file
        ? { ...(await readDocument(file)), ...(name && { name }) }
        : defaultNetwork({ ...shape, name: name ?? 'demo', version, runtime: await runtimeOf(cli, client, options) })
      await settle(cli, await client.networks.create({ body }), options)
    })
}

interface RuntimeChoice {
  readonly runtime: 'auto' | 'fabric' | 'devnode'
  readonly fabricVersion?: string | undefined
}

/** How many orderers the usual shape has depends on what they are, so `auto` is answered here, as the host would, and said. */
async function runtimeOf(cli: Cli, client: Client, { runtime, fabricVersion }: RuntimeChoice) {
  if (runtime !== 'auto' || fabricVersion !== undefined) return runtime
  const { items } = await client.hosts.listFabric({ params: { host: 'local' }, query: { limit: 1 } })
  if (items.length > 0) return runtime
  cli.err.write(
    'No Hyperledger Fabric was found: the network is made of devnodes, for development only, with one orderer.\n' +
      'For the real thing: `cello fabric install 3.1.5`.\n',
  )
  return 'devnode'
}

/** `cello network apply` */
export function networkApplyCommand(cli: Cli): CommandUnknownOpts {
  return new Command('apply')
    .description('make a network be as a document says; it is created where there is none')
    .requiredOption('-f, --file <spec.yaml>', 'the document; - reads it from stdin')
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (options) => {
      const body = await readDocument(options.file)
      const client = await cli.client()
      const etag = await etagOf(client, body.name)
      const operation =
        etag === undefined
          ? await client.networks.create({ body })
          : await client.networks.apply({ params: { network: body.name }, body, ifMatch: etag })
      await settle(cli, operation, options)
    })
}

/** `cello network plan` */
export function networkPlanCommand(cli: Cli): CommandUnknownOpts {
  return new Command('plan')
    .description('show what applying a document would do, without doing it')
    .requiredOption('-f, --file <spec.yaml>', 'the document; - reads it from stdin')
    .addOption(outputOption())
    .action(async ({ file, output }) => {
      const body = await readDocument(file)
      const client = await cli.client()
      const isThere = (await etagOf(client, body.name)) !== undefined
      const plan = isThere
        ? await client.networks.plan({ params: { network: body.name }, body })
        : await client.networks.planNew({ body })
      if (output === 'json' || output === 'yaml') return printData(cli, output, plan)
      showPlan(cli, plan)
    })
}

function showPlan(cli: Cli, { steps, notes }: PlanPreview): void {
  for (const { title } of steps) cli.out.write(`${title}\n`)
  if (steps.length === 0) cli.err.write('Nothing is to be done.\n')
  showNotes(cli, notes)
  if (notes.some(({ kind }) => kind === 'refused')) cli.exitCode = exitCodes.conflict
}

async function etagOf(client: Client, network: string): Promise<string | undefined> {
  try {
    return (await client.readNetwork(network)).etag
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 404) return undefined
    throw error
  }
}

/** Reads YAML or JSON: a document, or a network as `show` prints it, whose document is its `spec`. What it must hold is the server's to judge. */
async function readDocument(file: string): Promise<NetworkSpecInput> {
  const text = file === '-' ? await readStream(process.stdin) : await readFile(file, 'utf8').catch(unreadable)
  const { parse } = await import('yaml')
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw new CommandError(exitCodes.usage, `${file} is neither YAML nor JSON: ${String(error)}`)
  }
  const document = typeof value === 'object' && value !== null && 'spec' in value ? value.spec : value
  if (!isDocument(document)) throw new CommandError(exitCodes.usage, `${file} holds no network: it has no name.`)
  return document
}

function unreadable(error: unknown): never {
  throw new CommandError(exitCodes.usage, `The document cannot be read: ${error instanceof Error ? error.message : ''}`)
}

/** As far as this program must know; the server says precisely what is wrong in the rest. */
function isDocument(value: unknown): value is NetworkSpecInput {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
}
