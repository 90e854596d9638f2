import { readFile, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'

/** What a running server leaves in the data directory so that the command line finds it. */
const ServerFile = z.object({ url: z.url(), pid: z.int(), startedAt: z.int() })
export type RunningServer = z.infer<typeof ServerFile>

/** What the last server over this data directory left; it may be gone since. */
export async function readAnnounced(file: string): Promise<RunningServer | undefined> {
  try {
    return ServerFile.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

/** Whether it serves. */
export async function answers({ url }: RunningServer): Promise<boolean> {
  try {
    return (await fetch(`${url}/livez`, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}

/** Says that this process serves; disposing takes it back. */
export async function announceServer(file: string, server: RunningServer): Promise<AsyncDisposable> {
  await writeFile(file, `${JSON.stringify(server)}\n`, { mode: 0o600 })
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}
