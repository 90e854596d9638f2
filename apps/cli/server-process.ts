import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { poll } from '@cello/kit'
import type { Cli } from './cli.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import { findServer } from './find-server.ts'

const startTimeoutMs = 30_000
const stopTimeoutMs = 30_000
const answerTimeoutMs = 5_000

/** Starts a server for the while of one command, where none runs: networks outlive their server, and can be stopped only by one. */
export async function withServer<T>(cli: Cli, use: () => Promise<T>): Promise<T> {
  if (await isServing(cli)) return use()
  cli.err.write('starting the server for this command …\n')
  const child = spawn(process.execPath, [join(import.meta.dirname, '../server/main.ts')], {
    env: cli.env,
    stdio: 'ignore',
    // Out of the terminal's group: Ctrl-C is for the command, which then stops the server itself.
    detached: true,
  })
  const { pid } = child
  let hasEnded = false
  child.once('exit', () => (hasEnded = true))
  child.once('error', () => (hasEnded = true))
  try {
    const isUp = await poll(async () => (hasEnded ? false : (await isServing(cli)) || undefined), {
      timeoutMs: startTimeoutMs,
      signal: cli.interrupt,
    })
    if (!isUp) {
      throw new CommandError(exitCodes.failed, 'The server does not start.', 'Run `npm start` and see what it says.')
    }
    return await use()
  } finally {
    if (pid !== undefined && !hasEnded) await stopProcess(pid)
  }
}

/** Whether a server answers: after a reboot, what one that is gone wrote down may name a process of somebody else. */
async function isServing(cli: Cli): Promise<boolean> {
  const server = await findServer(cli.env)
  if (!server) return false
  const signal = AbortSignal.any([AbortSignal.timeout(answerTimeoutMs), cli.interrupt])
  return fetch(`${server.url}/livez`, { signal }).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** Asks a process to end and waits until it has. @throws CommandError when it stays. */
export async function stopProcess(pid: number): Promise<void> {
  const isGone = () => {
    try {
      process.kill(pid, 0)
      return undefined
    } catch {
      return true
    }
  }
  if (isGone()) return
  process.kill(pid, 'SIGTERM')
  const gone = await poll(async () => isGone(), { timeoutMs: stopTimeoutMs })
  if (!gone) throw new CommandError(exitCodes.failed, `The server (process ${pid}) does not end.`)
}
