import type { PlanPreview } from '@cello/api'
import type { NetworkSpecInput } from '@cello/model'
import type { Client } from '@cello/sdk'
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { noWaitOption, settle, timeoutOption, waitOption } from '../changing.ts'
import type { Cli } from '../cli.ts'
import { countFrom, defaultNetwork } from '../default-network.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { showNotes } from '../follow-operation.ts'
import { type Format, outputOption, printData } from '../output/print.ts'
import { stepId } from '../progress/step-tree.ts'
import { readData } from '../read-data.ts'
import { showUnsuitable } from './fabric.ts'

/** What the usual shape is varied by; a document says all of it by itself. */
const shapeOptions = ['orgs', 'peers', 'orderers', 'consensus', 'channel', 'fabricVersion', 'runtime'] as const

/** `cello network create` */
export function networkCreateCommand(cli: Cli): CommandUnknownOpts {
  return new Command('create')
    .argument('[name]', 'its name', undefined)
    .description('make a network: of the usual shape, or from a document')
    .option('--name <name>', 'its name (default: demo, or what the file says)')
    .addOption(new Option('-f, --file <spec.yaml>', 'a document; - reads it from stdin').conflicts([...shapeOptions]))
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
    .addOption(waitOption())
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
  const params = { host: 'local' }
  const { items, unsuitable } = await client.hosts.listFabric({ params, query: { limit: 1 } })
  if (items.length > 0 || (await client.hosts.get({ params })).fabricVersion !== undefined) return runtime
  const lack = unsuitable.length > 0 ? 'here can run' : 'was found'
  cli.err.write(
    `No Hyperledger Fabric ${lack}: the network is made of devnodes, for development only, with one orderer.\n`,
  )
  showUnsuitable(cli, unsuitable)
  cli.err.write('For the real thing: `cello fabric install 3.1.5`.\n')
  return 'devnode'
}

/** `cello network apply` */
export function networkApplyCommand(cli: Cli): CommandUnknownOpts {
  return new Command('apply')
    .description('make a network be as a document says; it is created where there is none')
    .requiredOption('-f, --file <spec.yaml>', 'the document; - reads it from stdin')
    .addOption(waitOption())
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
      if (output === 'json' || output === 'yaml') await printData(cli, output, plan)
      else showPlan(cli, output, plan)
      if (isRefused(plan)) cli.exitCode = exitCodes.conflict
    })
}

function showPlan(cli: Cli, format: Format, plan: PlanPreview): void {
  for (const step of plan.steps) cli.out.write(`${format === 'name' ? stepId(step) : step.title}\n`)
  if (plan.steps.length === 0 && !isRefused(plan)) cli.err.write('Nothing is to be done.\n')
  showNotes(cli, plan.notes)
}

function isRefused({ notes }: PlanPreview): boolean {
  return notes.some(({ kind }) => kind === 'refused')
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
  const value = await readData(file)
  const document = typeof value === 'object' && value !== null && 'spec' in value ? value.spec : value
  if (!isDocument(document)) throw new CommandError(exitCodes.usage, `${file} holds no network: it has no name.`)
  return document
}

/** As far as this program must know; the server says precisely what is wrong in the rest. */
function isDocument(value: unknown): value is NetworkSpecInput {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
}
