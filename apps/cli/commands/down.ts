import { access, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Operation } from '@cello/api'
import { count, list } from '@cello/kit'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { type Cli, createCli } from '../cli.ts'
import { confirmLoss } from '../confirm.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { dataFolder, findServer } from '../find-server.ts'
import { followOperation } from '../follow-operation.ts'
import { outputOption, printData } from '../output/print.ts'
import { stopProcess, withServer } from '../server-process.ts'

/** `cello down` */
export function downCommand(cli: Cli): CommandUnknownOpts {
  return new Command('down')
    .description('stop all networks and the server; with --delete, remove all that Cello made here but its cache')
    .option('--delete', 'delete the networks, then the data folder with all keys and ledgers')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption())
    .action(async (options) => {
      const here = onThisMachine(cli)
      const ended = await takeDown(here, options)
      cli.exitCode = here.exitCode
      if (options.output === 'json' || options.output === 'yaml') return printData(cli, options.output, ended)
      if (options.output === 'name') for (const { subject } of ended) cli.out.write(`${subject.name}\n`)
    })
}

/** The server whose data folder this is, which may not be the one that other commands talk to. */
function onThisMachine(cli: Cli): Cli {
  const { CELLO_URL: _url, CELLO_TOKEN: _token, CELLO_TOKEN_FILE: _file, ...env } = cli.env
  return createCli({ ...cli, env })
}

interface DownOptions {
  readonly delete?: true | undefined
  readonly yes?: true | undefined
}

/** @returns the operations by which networks were stopped or deleted, as they ended */
async function takeDown(cli: Cli, options: DownOptions): Promise<Operation[]> {
  const folder = dataFolder(cli.env)
  if (!(await exists(join(folder, 'cello.db')))) {
    cli.err.write(`There is nothing of Cello in ${folder}.\n`)
    return []
  }
  if (options.delete) await confirmLoss(cli, `Delete all networks and everything in ${folder}?`, options.yes)
  const ended = await withServer(cli, () => (options.delete ? deleteAll(cli) : stopAll(cli)))
  // What is not down yet needs a server that goes on with it.
  if (cli.exitCode !== exitCodes.done) return ended
  await stopServer(cli, folder)
  if (options.delete) await removeOurs(cli, folder)
  else cli.err.write('`npm start` brings the server back, then `cello network start` a network\n')
  return ended
}

async function stopServer(cli: Cli, folder: string): Promise<void> {
  const running = await findServer({ CELLO_DATA: folder })
  if (running?.pid === undefined) return
  await stopProcess(running.pid)
  cli.err.write('server stopped\n')
}

/** What Cello writes into its data folder: CELLO_DATA may name a folder that holds other things too. */
const ours = /^(cello\.db.*|master\.key|token|lock|server\.(json|log.*)|builds|nodes|programs)$/

async function removeOurs(cli: Cli, folder: string): Promise<void> {
  const names = await readdir(folder)
  for (const name of names.filter((one) => ours.test(one)))
    await rm(join(folder, name), { recursive: true, force: true })
  const foreign = names.filter((name) => !ours.test(name))
  if (foreign.length === 0) await rmdir(folder)
  const left = foreign.length === 0 ? '' : `; left ${list(foreign)}, which is not of Cello`
  cli.err.write(`removed what was in ${folder}${left}; the cache, with downloads of Fabric, stays\n`)
}

async function stopAll(cli: Cli): Promise<Operation[]> {
  const client = await cli.client()
  const networks = await Array.fromAsync(client.networks.list.all())
  const running = networks.filter(({ power, deleting }) => power === 'running' && !deleting)
  const ended: Operation[] = []
  for (const { name } of running) {
    ended.push(await followOperation(cli, await client.networks.stop({ params: { network: name } })))
  }
  const stopped = ended.filter(({ state }) => state === 'succeeded')
  cli.err.write(`${count(stopped.length, 'network')} stopped\n`)
  return ended
}

async function deleteAll(cli: Cli): Promise<Operation[]> {
  const client = await cli.client()
  const networks = await Array.fromAsync(client.networks.list.all())
  const ended: Operation[] = []
  for (const { name, deleting, operation } of networks) {
    const begun =
      deleting && operation
        ? await client.operations.get({ params: { operation: operation.id } })
        : await client.networks.delete({ params: { network: name } })
    ended.push(await followOperation(cli, begun))
  }
  const left = await Array.fromAsync(client.networks.list.all())
  if (left.length > 0) {
    throw new CommandError(
      exitCodes.failed,
      `${count(left.length, 'network')} could not be deleted, so nothing else was.`,
    )
  }
  return ended
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
