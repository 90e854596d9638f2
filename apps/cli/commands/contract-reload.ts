import { watch } from 'node:fs/promises'
import { resolve } from 'node:path'
import { duration } from '@cello/kit'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { printSettled, timeoutOption, type WaitChoice } from '../changing.ts'
import { type ContractPlace, channelOption, chosenChannel, chosenNetwork, networkOption } from '../choosing.ts'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-codes.ts'
import { followOperation } from '../follow-operation.ts'
import { outputOption } from '../output/print.ts'
import { reportError } from '../report-error.ts'
import { uploadFolder } from './package.ts'

/** Milliseconds without a change of a file before a folder counts as saved: editors write in several goes. */
const quietMs = 150

/** `cello contract reload` */
export function reloadCommand(cli: Cli): CommandUnknownOpts {
  return new Command('reload')
    .description('let its nodes run other code under the same definition, while you write it')
    .argument('<name>', 'what it is called on the channel')
    .argument('<dir>', 'its folder')
    .option(...networkOption)
    .option(...channelOption)
    .option('--watch', 'again at each change of a file, until Ctrl-C')
    .addOption(timeoutOption())
    .addOption(outputOption())
    .action(async (contract, folder, options) => {
      const client = await cli.client()
      const network = await chosenNetwork(cli, client, options.network)
      const channel = await chosenChannel(client, network, options.channel)
      const reload = () => reloadOnce(cli, folder, { network, channel, contract }, options)
      if (options.watch !== true) return reload()
      await reload().catch((error: unknown) => reportError(cli, error))
      await reloadAtChanges(cli, folder, reload)
      cli.exitCode = exitCodes.done
    })
}

async function reloadOnce(
  cli: Cli,
  folder: string,
  params: ContractPlace,
  { timeout, output }: Omit<WaitChoice, 'wait'>,
): Promise<void> {
  const began = Date.now()
  const client = await cli.client()
  const { digest } = await uploadFolder(cli, folder, undefined)
  const { spec } = await client.contracts.get({ params })
  const { code: _code, ...rest } = spec
  // What was deployed runs again by its own digest: nothing of the reloading is left.
  const body = digest === spec.package ? rest : { ...rest, code: digest }
  const ended = await followOperation(cli, await client.contracts.upgrade({ params, body }), { timeoutMs: timeout })
  if (ended.state === 'succeeded') {
    const isOld = digest === (spec.code ?? spec.package)
    const runs = isOld
      ? 'runs this code already'
      : `runs the new code ${duration(Date.now() - began)} after it was saved`
    cli.err.write(`${params.contract} ${runs}\n`)
  }
  // Of a folder that is watched there comes one after the other.
  if (output === 'yaml') cli.out.write('---\n')
  await printSettled(cli, output, ended)
}

/** One reload at a time; what is saved meanwhile makes one more. A build that fails is told, and waited out. */
async function reloadAtChanges(cli: Cli, folder: string, reload: () => Promise<void>): Promise<void> {
  let busy: Promise<void> | undefined
  let isStale = false
  const work = async () => {
    while (isStale) {
      isStale = false
      await reload().catch((error: unknown) => reportError(cli, error))
      cli.err.write(`watching ${resolve(folder)}; Ctrl-C ends it\n`)
    }
    busy = undefined
  }
  let timer: NodeJS.Timeout | undefined
  cli.err.write(`watching ${resolve(folder)}; Ctrl-C ends it\n`)
  try {
    for await (const { filename } of watch(folder, { recursive: true, signal: cli.interrupt })) {
      if (!isSource(filename)) continue
      clearTimeout(timer)
      timer = setTimeout(() => {
        isStale = true
        busy ??= work()
      }, quietMs)
    }
  } catch (error) {
    if (!cli.interrupt.aborted) throw error
  } finally {
    clearTimeout(timer)
    await busy
  }
}

/** Installed packages and hidden files are no part of what is written. */
const isSource = (path: string | null): boolean =>
  path !== null && !path.split('/').some((part) => part === 'node_modules' || part.startsWith('.'))
