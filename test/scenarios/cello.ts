import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Client, createClient } from '@cello/sdk'
import type { TestRuntime } from '../runtimes.ts'
import { killAll, processesOf } from './machine.ts'

const program = join(import.meta.dirname, '../../apps/server/main.ts')

/** Milliseconds until a server answers; it shares the cores with what other tests start. */
const startMs = 120_000

export interface CelloOptions {
  /** What is found on its machine. */
  readonly runtime: TestRuntime
  /** Instead of a fresh folder, which the server then gets and which is removed at the end. */
  readonly dataDir?: string
  /** Instead of this process's own variables. */
  readonly env?: Readonly<Record<string, string>>
}

/** A server as a user runs it: a process of its own with a data directory of its own. */
export interface Cello extends AsyncDisposable {
  readonly dataDir: string
  readonly client: Client
  readonly pid: number
  /** Ends the server as a power cut would; its nodes run on. */
  kill(): Promise<void>
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>
  start(env?: Readonly<Record<string, string>>): Promise<void>
  /** What it wrote into its log. */
  log(): string
}

export async function startCello({ runtime, env = {}, ...given }: CelloOptions): Promise<Cello> {
  const dataDir = given.dataDir ?? mkdtempSync(join(tmpdir(), 'cello-'))
  const running: { child?: ChildProcess; client?: Client } = {}
  const end = async (signal: NodeJS.Signals) => {
    const { child } = running
    delete running.child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  const cello: Cello = {
    dataDir,
    get client() {
      assert.ok(running.client, 'the server was not started')
      return running.client
    },
    get pid() {
      return running.child?.pid ?? 0
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async start(more = {}) {
      const own = {
        CELLO_DATA: dataDir,
        CELLO_CACHE: join(dataDir, 'cache'),
        ...runtime.env,
      }
      const inherited = { HOME: homedir(), TMPDIR: tmpdir() }
      const child = spawn(process.execPath, [program, '--json'], {
        env: { ...inherited, ...own, CELLO_PORT: String(randomPort()), ...env, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      running.child = child
      const url = await serving(child)
      running.client = createClient({ baseUrl: url, token: readFileSync(join(dataDir, 'token'), 'utf8').trim() })
    },
    log: () => readFileSync(join(dataDir, 'server.log'), 'utf8'),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
      await killAll(processesOf(dataDir))
      // What is mounted is its owner's to remove.
      if (given.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  try {
    await cello.start()
    return cello
  } catch (error) {
    await cello[Symbol.asyncDispose]()
    throw error
  }
}

/** Below the ephemeral range; a taken one is passed over by the server. */
function randomPort(): number {
  return 30_000 + Math.floor(Math.random() * 1_900)
}

/** The address that the server says it serves at. */
async function serving(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout && child.stderr)
  const printed: string[] = []
  child.stderr.on('data', (chunk: Buffer) => printed.push(String(chunk)))
  const timer = setTimeout(() => child.kill('SIGKILL'), startMs)
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      printed.push(line)
      const told: { event: string; url?: string } = JSON.parse(line)
      if (told.event === 'serving' && told.url !== undefined) return told.url
    }
    throw new Error(`the server did not start: ${printed.join('\n')}`)
  } finally {
    clearTimeout(timer)
    child.stdout.resume()
  }
}
