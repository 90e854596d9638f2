import type { Operation } from '@cello/api'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { noWaitOption, printSettled, settle, timeoutOption, waitOption } from '../changing.ts'
import type { Cli } from '../cli.ts'
import { countFrom } from '../default-network.ts'
import { afterCancel } from '../follow-operation.ts'
import { paintState } from '../output/paint.ts'
import { outputOption, printList, printOne } from '../output/print.ts'
import { age, progressText, took } from '../output/words.ts'
import { showLastLines } from '../report-error.ts'

/** `cello operation …` */
export function operationCommand(cli: Cli): CommandUnknownOpts {
  const command = new Command('operation').alias('operations').description('changes, under way and done')
  for (const part of [listCommand(cli), showCommand(cli), watchCommand(cli), cancelCommand(cli), retryCommand(cli)]) {
    command.addCommand(part)
  }
  return command
}

function listCommand(cli: Cli): CommandUnknownOpts {
  return new Command('list')
    .alias('ls')
    .description('list operations, newest first')
    .option('-n, --network <network>', 'only of this network')
    .option('--host <host>', 'only of this host itself')
    .option('--open', 'only those that go on, wait or have failed')
    .option('--limit <n>', 'at most so many', countFrom(1, 200), 20)
    .addOption(outputOption())
    .action(async ({ network, host, open, limit, output }) => {
      const client = await cli.client()
      const { items } = await client.operations.list({ query: { network, host, open, limit } })
      await printList<Operation>(cli, output, items, {
        columns: [
          { title: 'ID', value: ({ id }) => id },
          { title: 'WHAT', value: ({ kind }) => kind },
          { title: 'OF', value: ({ subject }) => subjectText(subject) },
          { title: 'STATE', value: ({ state }) => paintState(cli.out, state) },
          { title: 'STEPS', value: ({ steps }) => stepCount(steps) },
          { title: 'TOOK', value: ({ createdAt, endedAt }) => took(createdAt, endedAt) },
          { title: 'AGE', value: ({ createdAt }) => age(createdAt) },
        ],
        name: ({ id }) => id,
        none: 'There are no operations.',
      })
    })
}

/** A network by its name alone, since nearly all are. */
function subjectText({ kind, name }: Operation['subject']): string {
  return kind === 'network' ? name : `${kind} ${name}`
}

function stepCount(steps: Operation['steps']): string {
  const wanted = steps.filter(({ state }) => state !== 'dropped')
  return `${wanted.filter(({ state }) => state === 'done').length} of ${wanted.length}`
}

function showCommand(cli: Cli): CommandUnknownOpts {
  return new Command('show')
    .argument('<operation>', 'its id')
    .description('show an operation with its steps')
    .addOption(outputOption())
    .action(async (operation, { output }) => {
      const client = await cli.client()
      const found = await client.operations.get({ params: { operation } })
      await printOne<Operation>(cli, output, found, {
        name: ({ id }) => id,
        fields: [
          { title: 'id', value: ({ id }) => id },
          { title: 'what', value: ({ kind }) => kind },
          { title: 'of', value: ({ subject }) => `${subject.kind} ${subject.name}` },
          { title: 'state', value: ({ state }) => paintState(cli.out, state) },
          { title: 'asked by', value: ({ actor }) => actor },
          { title: 'took', value: ({ createdAt, endedAt }) => took(createdAt, endedAt) },
          { title: 'error', value: ({ error }) => error && `${error.message} ${error.next}` },
          { title: 'steps', value: ({ steps }) => steps.map(stepText).join('\n') },
        ],
      })
      if (output === 'table') showLastLines(cli, found.error?.lastLines)
    })
}

function stepText({ state, title, startedAt, endedAt, error, progress }: Operation['steps'][number]): string {
  const time = endedAt ? ` (${took(startedAt, endedAt) ?? ''})` : ''
  const amount = progress && state !== 'done' ? `, ${progressText(progress)}` : ''
  return `${state.padEnd(7)} ${title}${time}${amount}${error ? `: ${error.message}` : ''}`
}

function watchCommand(cli: Cli): CommandUnknownOpts {
  return new Command('watch')
    .argument('<operation>', 'its id')
    .description('follow an operation until it ends')
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (operation, options) => {
      const client = await cli.client()
      const found = await client.operations.get({ params: { operation } })
      await settle(cli, found, { ...options, wait: true })
    })
}

function cancelCommand(cli: Cli): CommandUnknownOpts {
  return new Command('cancel')
    .argument('<operation>', 'its id')
    .description('stop working on it; what was wanted of a network stays wanted')
    .addOption(outputOption())
    .action(async (operation, { output }) => {
      const client = await cli.client()
      const cancelled = await client.operations.cancel({ params: { operation } })
      cli.err.write(`${cancelled.state}. ${afterCancel(cancelled)}\n`)
      await printSettled(cli, output, cancelled)
    })
}

function retryCommand(cli: Cli): CommandUnknownOpts {
  return new Command('retry')
    .argument('<operation>', 'its id')
    .description('go on with a failed operation')
    .addOption(waitOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (operation, options) => {
      const client = await cli.client()
      await settle(cli, await client.operations.retry({ params: { operation } }), options)
    })
}
