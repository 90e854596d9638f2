import { readFile, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'

/** What a running server leaves in the data directory so that the command line finds it. */
const ServerFile = z.object({ url: z.url(), pid: z.int(), startedAt: z.int() })
export type RunningServer = z.infer<typeof ServerFile>

/** The server that says it runs over this data directory, if it answers. */
export async function findRunningServer(file: string): Promise<RunningServer | undefined> {
  try {
    const server = ServerFile.parse(JSON.parse(await readFile(file, 'utf8')))
    const answer = await fetch(`${server.url}/livez`, { signal: AbortSignal.timeout(2_000) })
    return answer.ok ? server : undefined
  } catch {
    return undefined
  }
}

/** Says that this process serves; disposing takes it back. */
export async function announceServer(file: string, server: RunningServer): Promise<AsyncDisposable> {
  await writeFile(file, `${JSON.stringify(server)}\n`, { mode: 0o600 })
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}
