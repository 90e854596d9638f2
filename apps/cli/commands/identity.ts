import type { Identity } from '@cello/api'
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { chosenNetwork, networkOption } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { ownFiles } from '../identity/own-files.ts'
import { outputOption, printList, printOne } from '../output/print.ts'
import { age } from '../output/words.ts'
import { keyAndValue } from './contract-call.ts'

/** `cello identity …` */
export function identityCommand(cli: Cli): CommandUnknownOpts {
  return new Command('identity')
    .alias('identities')
    .description('users of a network')
    .addCommand(createCommand(cli))
    .addCommand(listCommand(cli))
}

function createCommand(cli: Cli): CommandUnknownOpts {
  return new Command('create')
    .argument('<name>')
    .description('make a user; the server keeps the key, unless --own')
    .requiredOption('--organization <name>', 'whose user it is')
    .option(...networkOption)
    .option(
      '--own <dir>',
      'make the keys here and keep them: writes an MSP folder to dir/msp; for an admin dir/tls too',
    )
    .option('--tls <dir>', 'for an admin: make a key for TLS here, which `osnadmin` needs, and write dir/tls')
    .addOption(new Option('--role <role>').choices(['client', 'admin'] as const).default('client' as const))
    .option('--attribute <key=value...>', 'what contracts can read of the user')
    .addOption(outputOption())
    .action(async (name, { organization, own, tls, role, attribute, network: given, output }) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, given)
      const files = await ownFiles({ own, tls, role })
      const attributes = attribute && Object.fromEntries(attribute.map(keyAndValue))
      const body = { organization, name, role, attributes, ...(await files.requests(name)) }
      const identity = await client.identities.create({ params: { network }, body })
      await files.write(cli, identity)
      await printOne<Identity>(cli, output, identity, {
        name: (made) => `${made.organization}/${made.name}`,
        fields: [
          { title: 'identity', value: (made) => made.name },
          { title: 'organization', value: (made) => `${made.organization} (${made.mspId})` },
          { title: 'key', value: ({ custody }) => (custody === 'own' ? 'yours' : 'held by the server') },
        ],
      })
    })
}

function listCommand(cli: Cli): CommandUnknownOpts {
  return new Command('list')
    .alias('ls')
    .description('list users')
    .option(...networkOption)
    .addOption(outputOption())
    .action(async (options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const identities = await Array.fromAsync(client.identities.list.all({ params: { network } }))
      await printList<Identity>(cli, options.output, identities, {
        columns: [
          { title: 'NAME', value: ({ name }) => name },
          { title: 'ORGANIZATION', value: ({ organization }) => organization },
          { title: 'MSP', value: ({ mspId }) => mspId },
          { title: 'KEY', value: ({ custody }) => (custody === 'own' ? 'own' : 'held') },
          { title: 'AGE', value: ({ createdAt }) => age(createdAt) },
        ],
        name: ({ organization, name }) => `${organization}/${name}`,
        none: `Network ${network} has no users yet.`,
      })
    })
}
