import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { serverEnvironment, serverOptions } from './server-options.ts'

export interface MeasuredProcess extends AsyncDisposable {
  readonly pid: number
  /** Its first line, which says that it is ready. */
  readonly said: string
}

/**
 * Starts a program of this folder as the server is started and waits for its first line. Disposing ends it by SIGTERM and
 * waits for that.
 * @param args the program's file, and its arguments
 * @throws Error when it ends before
 */
export async function startMeasured(args: readonly string[], signal: AbortSignal): Promise<MeasuredProcess> {
  const child = spawn(process.execPath, [...serverOptions, ...args], {
    env: { ...serverEnvironment, ...process.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const lines = createInterface({ input: child.stdout })
    const ended = once(child, 'exit').then(() => {
      throw new Error('the process to be measured ended before it was ready')
    })
    const [said] = await Promise.race([once(lines, 'line', { signal }), ended])
    ended.catch(() => {})
    return { pid: child.pid ?? 0, said: String(said), [Symbol.asyncDispose]: () => end(child) }
  } catch (error) {
    await end(child)
    throw error
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
