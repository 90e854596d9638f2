import { join, resolve } from 'node:path'
import type { Identity } from '@cello/api'
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import { chosenNetwork } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { hasIdentity, writeMspFolder } from '../identity/msp-folder.ts'
import { keyPath, ownKey } from '../identity/own-key.ts'
import { signingRequest } from '../identity/signing-request.ts'
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
    .option('-n, --network <network>', 'which network (default: the only one)')
    .option('--own <dir>', 'make the key here and keep it: writes an MSP folder to dir/msp')
    .addOption(new Option('--role <role>').choices(['client', 'admin'] as const).default('client' as const))
    .option('--attribute <key=value...>', 'what contracts can read of the user')
    .addOption(outputOption())
    .action(async (name, { organization, own, role, attribute, network: given, output }) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, given)
      const folder = own === undefined ? undefined : join(resolve(own), 'msp')
      if (folder && (await hasIdentity(folder))) {
        throw new CommandError(
          exitCodes.conflict,
          `${folder} holds an identity already.`,
          'Give another folder to --own.',
        )
      }
      const certificateRequest = folder && signingRequest(name, await ownKey(folder))
      const attributes = attribute && Object.fromEntries(attribute.map(keyAndValue))
      const identity = await client.identities.create({
        params: { network },
        body: { organization, name, role, attributes, certificateRequest },
      })
      if (folder) {
        await writeMspFolder(folder, identity)
        cli.err.write(`wrote ${folder}; its key is ${join(folder, keyPath)} and was sent nowhere\n`)
      }
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
    .option('-n, --network <network>', 'which network (default: the only one)')
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
