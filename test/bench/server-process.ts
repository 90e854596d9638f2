import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePorts } from '@cello/fabric/testing/real-node'
import { type Client, createClient } from '@cello/sdk'
import { z } from 'zod'
import { serverEnvironment, serverOptions } from './server-options.ts'

const program = join(import.meta.dirname, '../../apps/server/main.ts')
const Serving = z.object({ event: z.literal('serving'), url: z.string(), tokenFile: z.string() })

/** A server of ours over a data directory of its own, in a process of its own. Disposing ends it; its networks must be stopped before. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number
  readonly dataDir: string
  readonly client: Client
}

/** @param dataDir the caller's, who removes it. @throws Error with what the server said, when it ends before it serves */
export async function startServerProcess(dataDir: string): Promise<ServerProcess> {
  const [port = 0] = await freePorts(1)
  const child = spawn(process.execPath, [...serverOptions, program, '--json', '--port', String(port)], {
    env: { ...serverEnvironment, ...process.env, CELLO_DATA: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches a whole group: it must not end the server before its network is deleted.
    detached: true,
  })
  try {
    const { url, tokenFile } = await serving(child)
    const token = (await readFile(tokenFile, 'utf8')).trim()
    const client = createClient({ baseUrl: url, token })
    return { pid: child.pid ?? 0, dataDir, client, [Symbol.asyncDispose]: () => end(child) }
  } catch (error) {
    await end(child)
    throw error
  }
}

async function serving(child: ChildProcess): Promise<z.output<typeof Serving>> {
  const said: string[] = []
  child.stderr?.on('data', (piece: Buffer) => said.push(String(piece)))
  if (!child.stdout) throw new Error('the server has no output')
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed = Serving.safeParse(JSON.parse(line))
    child.stdout.resume()
    if (parsed.success) return parsed.data
  }
  throw new Error(`the server ended: ${said.join('')}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}
