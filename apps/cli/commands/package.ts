import type { Package } from '@cello/api'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { type Format, outputOption, printList, printOne } from '../output/print.ts'
import { age, bytes, shortDigest } from '../output/words.ts'
import { packFolder } from '../pack-folder.ts'

/** `cello package …` */
export function packageCommand(cli: Cli): CommandUnknownOpts {
  return new Command('package')
    .alias('packages')
    .description('contracts, uploaded and built')
    .addCommand(uploadCommand(cli))
    .addCommand(listCommand(cli))
}

function uploadCommand(cli: Cli): CommandUnknownOpts {
  return new Command('upload')
    .argument('<dir>', "the contract's folder")
    .description('upload a contract; the server builds it and answers its digest')
    .option('--built', 'take it as it is, with its node_modules')
    .addOption(outputOption())
    .action(async (folder, { built, output }) => {
      const uploaded = await uploadFolder(cli, folder, built)
      await printPackage(cli, output, uploaded)
    })
}

/** Packs and uploads a folder. */
export async function uploadFolder(cli: Cli, folder: string, built: boolean | undefined): Promise<Package> {
  const client = await cli.client()
  const archive = await packFolder(folder, { built })
  cli.err.write(`uploading ${folder} (${bytes(archive.length)}) and building it …\n`)
  return client.packages.upload({ body: archive })
}

async function printPackage(cli: Cli, output: Format, uploaded: Package): Promise<void> {
  await printOne<Package>(cli, output, uploaded, {
    name: ({ digest }) => digest,
    fields: [
      { title: 'package', value: ({ name, version }) => `${name} ${version}` },
      { title: 'digest', value: ({ digest }) => digest },
      { title: 'size', value: (one) => bytes(one.bytes) },
    ],
  })
}

function listCommand(cli: Cli): CommandUnknownOpts {
  return new Command('list')
    .alias('ls')
    .description('list uploaded contracts')
    .addOption(outputOption())
    .action(async ({ output }) => {
      const client = await cli.client()
      await printList<Package>(cli, output, await Array.fromAsync(client.packages.list.all()), {
        columns: [
          { title: 'DIGEST', value: ({ digest }) => shortDigest(digest) },
          { title: 'NAME', value: ({ name }) => name },
          { title: 'VERSION', value: ({ version }) => version },
          { title: 'SIZE', value: (one) => bytes(one.bytes) },
          { title: 'AGE', value: ({ createdAt }) => age(createdAt) },
        ],
        name: ({ digest }) => digest,
        none: 'No contract was uploaded yet.',
      })
    })
}
