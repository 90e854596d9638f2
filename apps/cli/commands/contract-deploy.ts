import type { Contract } from '@cello/api'
import type { DeploymentSpec } from '@cello/model'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { noWaitOption, settle, timeoutOption, waitOption } from '../changing.ts'
import { type ContractPlace, channelOption, chosenChannel, chosenNetwork, networkOption, wholeId } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { outputOption } from '../output/print.ts'
import { readData } from '../read-data.ts'
import { uploadFolder } from './package.ts'

type Written = Parameters<Awaited<ReturnType<Cli['client']>>['contracts']['deploy']>[0]['body']

interface SourceOptions {
  readonly package?: string | undefined
  readonly address?: string | undefined
  readonly built?: boolean | undefined
}

interface DefinitionOptions {
  readonly policy?: string | undefined
  readonly initRequired?: boolean | undefined
  readonly collections?: string | undefined
  readonly organizations?: string[] | undefined
  readonly peers?: string[] | undefined
}

/** `cello contract deploy` */
export function deployCommand(cli: Cli): CommandUnknownOpts {
  return changeOptions('deploy', 'deploy a contract on a channel')
    .argument('[dir]', 'its folder; not with --package or --address')
    .option('--name <name>', "what it is called on the channel (default: package.json's name)")
    .action(async (folder, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channel = await chosenChannel(client, network, options.channel)
      const source = await sourceOf(cli, folder, options)
      const name = options.name ?? source.name
      if (!name) throw new CommandError(exitCodes.usage, 'The contract has no name yet.', 'Give one with --name.')
      const version = options.version ?? source.version
      const body = { ...(await definition(options)), ...source.spec, name, ...(version && { version }) }
      const operation = await client.contracts.deploy({ params: { network, channel }, body }).catch(orUpgrade(name))
      await tellPackageId(cli, { network, channel, contract: name }, source.spec.address)
      await settle(cli, operation, options)
    })
}

/** Who runs a contract elsewhere starts it with the id that peers know it by: told before anybody waits for it to answer. */
async function tellPackageId(cli: Cli, params: ContractPlace, address: string | undefined): Promise<void> {
  if (address === undefined) return
  const client = await cli.client()
  const { packageIds } = await client.contracts.get({ params })
  for (const id of new Set(Object.values(packageIds))) cli.err.write(`${address} has to answer as ${id}\n`)
}

/** A taken name is most often a contract that was deployed before. */
function orUpgrade(name: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'NAME_TAKEN')) throw error
    const next = `Upgrade it with \`cello contract upgrade ${name} …\`, or pick another name with --name.`
    throw new CommandError(exitCodes.conflict, error.message, next, { cause: error })
  }
}

/** `cello contract upgrade` */
export function upgradeCommand(cli: Cli): CommandUnknownOpts {
  return changeOptions('upgrade', 'upgrade a contract: what is not said stays as it is')
    .argument('<name>', 'what it is called on the channel')
    .argument('[dir]', 'its new folder; not with --package or --address')
    .action(async (contract, folder, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channel = await chosenChannel(client, network, options.channel)
      const params = { network, channel, contract }
      const before = await client.contracts.get({ params })
      const brings = folder !== undefined || options.package !== undefined || options.address !== undefined
      const source: Source = brings ? await sourceOf(cli, folder, options) : { spec: {} }
      const version = options.version ?? source.version
      const body = {
        ...kept(before, brings),
        ...(await definition(options)),
        ...source.spec,
        ...(version && { version }),
      }
      const operation = await client.contracts.upgrade({ params, body })
      await tellPackageId(cli, params, source.spec.address)
      await settle(cli, operation, options)
    })
}

function changeOptions(name: string, description: string) {
  return new Command(name)
    .description(description)
    .option(...networkOption)
    .option(...channelOption)
    .option('--version <version>', "its version (default: package.json's)")
    .option('--package <digest>', 'an uploaded package instead of a folder')
    .option(
      '--address <host:port>',
      'a contract that you run yourself on this machine, in any language; nothing is built',
    )
    .option('--built', 'take the folder as it is, with its node_modules')
    .option('--policy <text>', "who must endorse, such as OR('Org1MSP.peer','Org2MSP.peer')")
    .option('--init-required', 'its init function must be called first')
    .option('--collections <file>', 'private data collections, as JSON or YAML')
    .option('--organizations <name...>', 'which organizations run it (default: all members)')
    .option('--peers <node...>', 'which peers it is installed on (default: all of those organizations)')
    .addOption(waitOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(outputOption())
}

interface Source {
  readonly spec: Partial<Pick<DeploymentSpec, 'package' | 'address'>>
  readonly name?: string | undefined
  readonly version?: string | undefined
}

/** Exactly one of a folder, --package and --address. */
async function sourceOf(cli: Cli, folder: string | undefined, options: SourceOptions): Promise<Source> {
  const given = [folder, options.package, options.address].filter((one) => one !== undefined)
  if (given.length !== 1) {
    throw new CommandError(
      exitCodes.usage,
      'Say where the contract is.',
      'Give one of a folder, --package and --address.',
    )
  }
  if (options.address !== undefined) return { spec: { address: options.address } }
  if (options.package !== undefined) {
    const client = await cli.client()
    const listed = async () => (await Array.fromAsync(client.packages.list.all())).map((one) => one.digest)
    const params = { digest: await wholeId(options.package, listed) }
    const { digest, name, version } = await client.packages.get({ params })
    return { spec: { package: digest }, name: unscoped(name), version }
  }
  const { digest, name, version } = await uploadFolder(cli, folder ?? '', options.built)
  return { spec: { package: digest }, name: unscoped(name), version }
}

/** `@acme/assets` is `assets` on a channel; Fabric's names have neither dots nor slashes. */
function unscoped(name: string): string {
  return name.replace(/^@[^/]*\//, '').replaceAll(/[^A-Za-z0-9_-]+/g, '-')
}

/** The deployment as it is, without where the contract is when that is given anew. */
function kept({ spec }: Contract, brings: boolean): Written {
  const { package: _package, address: _address, code: _code, ...rest } = spec
  return brings ? rest : spec
}

async function definition(options: DefinitionOptions): Promise<Partial<Written>> {
  const { policy, initRequired, organizations, peers } = options
  return {
    ...(policy !== undefined && { policy }),
    ...(initRequired !== undefined && { initRequired }),
    ...(organizations !== undefined && { organizations }),
    ...(peers !== undefined && { peers }),
    ...(options.collections !== undefined && { collections: await readCollections(options.collections) }),
  }
}

async function readCollections(file: string): Promise<NonNullable<Written['collections']>> {
  const value = await readData(file)
  if (!Array.isArray(value)) throw new CommandError(exitCodes.usage, `${file} holds no list of collections.`)
  return value
}
