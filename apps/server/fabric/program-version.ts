import { runProgram } from '../contracts/run-program.ts'

/** Milliseconds. The real program answers in a tenth of a second; one that hangs is no answer. */
const timeoutMs = 10_000

/**
 * What `peer version` or `orderer version` says, such as `3.1.5`; undefined where the program says something else. It is
 * run with nothing in its environment, and in the root folder, so that it reads no configuration.
 * @throws Error when it cannot be started or does not end.
 */
export async function programVersion(path: string, signal?: AbortSignal): Promise<string | undefined> {
  const { stdout, timedOut } = await runProgram({
    command: path,
    args: ['version'],
    folder: '/',
    env: {},
    timeoutMs,
    signal,
  })
  if (timedOut) throw new Error(`it did not answer within ${timeoutMs} ms`)
  return /^\s*Version: v?(\d+\.\d+\.\d+)\s*$/m.exec(stdout)?.[1]
}
