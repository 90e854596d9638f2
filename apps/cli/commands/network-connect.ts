import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Connection } from '@cello/api'
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { chosenNetwork } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { outputOption, printData } from '../output/print.ts'
import { tableText } from '../output/table.ts'

/** `cello network connect` */
export function networkConnectCommand(cli: Cli): CommandUnknownOpts {
  return new Command('connect')
    .argument('[network]')
    .description('show how an application connects: endpoints, TLS roots, a connection profile')
    .option('--organization <name>', 'whose application it is (default: that of --peer, or the first with peers)')
    .option('--peer <org/name>', 'the peer that variables are for (default: the first of the organization)')
    .addOption(
      new Option('--profile [format]', 'print the connection profile')
        .choices(['json', 'yaml'] as const)
        .preset('json' as const),
    )
    .option(
      '--env [dir]',
      "print the variables for Fabric's own `peer` and `osnadmin`; their files go to dir (default: ./<network>)",
    )
    .addOption(outputOption())
    .action(async (given, { organization, peer, profile, env, output }) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, given, 'argument')
      const connection = await client.connection.get({
        params: { network },
        query: { organization, peer },
      })
      if (profile) return printData(cli, profile === 'yaml' ? 'yaml' : 'json', connection.profile)
      if (env) return printVariables(cli, connection, resolve(env === true ? network : env))
      if (output === 'json' || output === 'yaml') return printData(cli, output, connection)
      const endpoints = [...connection.peers, ...connection.orderers]
      if (output === 'name') return void cli.out.write(endpoints.map(({ address }) => `${address}\n`).join(''))
      cli.out.write(
        tableText(endpoints, [
          { title: 'NODE', value: ({ node }) => node },
          { title: 'ADDRESS', value: ({ address }) => address },
          { title: 'TLS NAME', value: ({ serverName }) => serverName },
        ]),
      )
      cli.err.write(`${connection.mspId}, channels: ${connection.channels.join(', ')}\n`)
    })
}

async function printVariables(cli: Cli, { env, files, organization }: Connection, folder: string): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  for (const [name, value] of Object.entries(env)) {
    cli.out.write(`export ${name}=${shellQuoted(value.replaceAll('{dir}', folder))}\n`)
  }
  cli.err.write(
    `wrote ${Object.keys(files).length} files below ${folder}; keys come from \`cello identity create NAME --organization ${organization} --role admin --own ${folder}\`, core.yaml from the config folder of the release (FABRIC_CFG_PATH)\n`,
  )
}

/** POSIX shells take everything between single quotes as it is. */
function shellQuoted(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
