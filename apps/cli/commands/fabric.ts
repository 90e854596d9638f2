import { resolve } from 'node:path'
import type { FabricInstall, FabricRelease } from '@cello/api'
import { systemClock } from '@cello/kit'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { paint } from '../output/paint.ts'
import { outputOption, printList } from '../output/print.ts'
import { bytes, shortDigest } from '../output/words.ts'

const hostOption = ['--host <host>', 'which host', 'local'] as const
const lookEveryMs = 250

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
      const releases = await Array.fromAsync(client.hosts.listFabric.all({ params: { host } }))
      await printList<FabricRelease>(cli, output, releases, {
        columns: [
          { title: 'VERSION', value: ({ version, chosen }) => `${version}${chosen ? ' *' : ''}` },
          { title: 'FOUND IN', value: ({ source }) => source },
          { title: 'PROGRAMS', value: ({ programs }) => programs.map(programText).join(', ') },
        ],
        name: ({ version }) => version,
        none: `No Hyperledger Fabric was found on host ${host}. Get it with \`cello fabric install 3.1.5\`.`,
      })
    })
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
    .action(async (version, { host, ...options }) => {
      const client = await cli.client()
      // The server has another working directory.
      const file = options.file === undefined ? undefined : resolve(options.file)
      let install = await client.hosts.installFabric({ params: { host }, body: { version, ...options, file } })
      while (install.state === 'running') {
        showBytes(cli, install)
        await systemClock.sleep(lookEveryMs, { signal: cli.interrupt })
        install = await client.hosts.getFabricInstall({ params: { host } })
      }
      if (cli.err.isTTY) cli.err.write('\r\u001b[K')
      const { error } = install
      if (error) throw new CommandError(exitCodes.failed, error.message, error.next)
      cli.err.write(`${paint(cli.err, 'green', 'done')} Hyperledger Fabric ${version} is installed on host ${host}\n`)
    })
}

function showBytes(cli: Cli, { bytesDone, bytesTotal }: FabricInstall): void {
  if (!cli.err.isTTY) return
  const of =
    bytesTotal === undefined ? '' : ` of ${bytes(bytesTotal)} (${Math.floor((100 * bytesDone) / bytesTotal)} %)`
  cli.err.write(`\r${bytes(bytesDone)}${of}\u001b[K`)
}

function useCommand(cli: Cli): CommandUnknownOpts {
  return new Command('use')
    .argument('<version>', 'such as 3.1.5')
    .description('choose the version that new networks on a host get')
    .option(...hostOption)
    .action(async (version, { host }) => {
      const client = await cli.client()
      await client.hosts.useFabric({ params: { host }, body: { version } })
      cli.err.write(`new networks on host ${host} get Hyperledger Fabric ${version}\n`)
    })
}
