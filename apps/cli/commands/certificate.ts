import type { Certificate } from '@cello/api'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { chosenNetwork, networkOption } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { paintState } from '../output/paint.ts'
import { outputOption, printList } from '../output/print.ts'

/** `cello certificate …` */
export function certificateCommand(cli: Cli): CommandUnknownOpts {
  const list = new Command('list')
    .alias('ls')
    .description('list every certificate of a network, the next to end first')
    .option(...networkOption)
    .addOption(outputOption())
    .action(async (options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const certificates = await Array.fromAsync(client.identities.certificates.all({ params: { network } }))
      await printList<Certificate>(cli, options.output, certificates, {
        columns: [
          { title: 'ORGANIZATION', value: ({ organization }) => organization },
          { title: 'USE', value: ({ use }) => use },
          { title: 'STATE', value: ({ state }) => paintState(cli.out, state) },
          { title: 'DAYS LEFT', value: ({ daysLeft }) => daysLeft },
          { title: 'ENDS', value: ({ notAfter }) => notAfter.slice(0, 10) },
          { title: 'SUBJECT', value: ({ subject }) => subject },
        ],
        name: ({ organization, use }) => `${organization}/${use}`,
        none: `Network ${network} has no certificates yet.`,
      })
    })
  return new Command('certificate').alias('certificates').description('certificates of a network').addCommand(list)
}
