import { resolve } from 'node:path'
import type { FabricRelease, UnsuitableFabric } from '@cello/api'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { noWaitOption, settle, timeoutOption, waitOption } from '../changing.ts'
import type { Cli } from '../cli.ts'
import { outputOption, printList } from '../output/print.ts'
import { shortDigest } from '../output/words.ts'

const hostOption = ['--host <host>', 'which host', 'local'] as const

/** `cello fabric …` */
export function fabricCommand(cli: Cli): CommandUnknownOpts {
  return new Command('fabric')
    .description('Hyperledger Fabric on a host')
    .addCommand(listCommand(cli))
    .addCommand(installCommand(cli))
    .addCommand(useCommand(cli))
}

function listCommand(cli: Cli): CommandUnknownOpts {
  return new Command('list')
    .alias('ls')
    .description('list the versions that a host can start nodes from')
    .option(...hostOption)
    .addOption(outputOption())
    .action(async ({ host, output }) => {
      const client = await cli.client()
      const { items, unsuitable } = await client.hosts.listFabric({ params: { host }, query: { limit: 200 } })
      await printList<FabricRelease>(cli, output, items, {
        columns: [
          { title: 'VERSION', value: ({ version, chosen }) => `${version}${chosen ? ' *' : ''}` },
          { title: 'FOUND IN', value: ({ source }) => source },
          { title: 'PROGRAMS', value: ({ programs }) => programs.map(programText).join(', ') },
        ],
        name: ({ version }) => version,
        none: `No Hyperledger Fabric was found on host ${host}. Get it with \`cello fabric install 3.1.5\`.`,
      })
      showUnsuitable(cli, unsuitable)
    })
}

/** What lies on a host and is passed over, with the reason. */
export function showUnsuitable(cli: Cli, unsuitable: readonly UnsuitableFabric[]): void {
  for (const { program, reason } of unsuitable) cli.err.write(`${program} is not used: ${reason}.\n`)
}

function programText({ name, digest }: FabricRelease['programs'][number]): string {
  return `${name} ${shortDigest(digest)}`
}

function installCommand(cli: Cli): CommandUnknownOpts {
  return new Command('install')
    .argument('<version>', 'such as 3.1.5')
    .description('install a release, from its publisher or from a file')
    .option('--file <archive>', 'an archive on the machine of the server, instead of a download')
    .option('--url <url>', 'another place to download it from')
    .option('--sha256 <digest>', 'what the archive must hash to, where none is known for it')
    .option(...hostOption)
    .addOption(waitOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (version, { host, file, url, sha256, ...waiting }) => {
      const client = await cli.client()
      // The server has another working directory.
      const archive = file === undefined ? undefined : resolve(file)
      const body = { version, file: archive, url, sha256 }
      await settle(cli, await client.hosts.installFabric({ params: { host }, body }), waiting)
    })
}

function useCommand(cli: Cli): CommandUnknownOpts {
  return new Command('use')
    .argument('<version>', 'such as 3.1.5')
    .description('choose the version that new networks on a host get')
    .option(...hostOption)
    .addOption(waitOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (version, { host, ...waiting }) => {
      const client = await cli.client()
      await settle(cli, await client.hosts.useFabric({ params: { host }, body: { version } }), waiting)
    })
}
