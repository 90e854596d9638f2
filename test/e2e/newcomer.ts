import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after } from 'node:test'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { poll } from '@cello/kit'

/** The folder of the clone. */
export const clone = join(import.meta.dirname, '../..')
/** What a user finds in the newest release; where it is missing, tests that need it are skipped and say so. */
export const fabric = realFabric('3.1.5', ['peer', 'orderer'])

/** Milliseconds that anything that a newcomer waits for may take; the machine may be busy with other tests. */
export const patienceMs = 180_000

/** Variables of a user who has set nothing but where Cello keeps its things. */
export interface Surroundings {
  readonly dataDir: string
  readonly env: Readonly<Record<string, string>>
}

/** A data directory and a port of one's own; everything in it, and every node of it, is gone after the tests of the suite. */
export function surroundings(more: Readonly<Record<string, string>> = {}): Surroundings {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cello-e2e-')))
  const dataDir = join(folder, 'data')
  after(async () => {
    // Whoever still writes there would keep the folder from being removed.
    await cutPower(nodesOf(dataDir))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const { CELLO_CACHE } = process.env
  // Node 24 first on PATH would be what a user of Cello has not: npm and Node are those of the machine.
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((part) => !part.includes('node_modules'))
  const env = {
    PATH: path.join(delimiter),
    HOME: homedir(),
    TMPDIR: tmpdir(),
    CELLO_DATA: dataDir,
    CELLO_PORT: String(freePort()),
    ...(CELLO_CACHE === undefined ? {} : { CELLO_CACHE }),
    ...more,
  }
  return { dataDir, env }
}

/** A user who has no Fabric at all: neither on PATH, nor in a cache. */
export function withoutFabric(): Surroundings & { readonly cache: string } {
  const cache = mkdtempSync(join(tmpdir(), 'cello-e2e-cache-'))
  after(() => rmSync(cache, { recursive: true, force: true, maxRetries: 5 }))
  return { cache, ...surroundings({ CELLO_CACHE: cache }) }
}

/** A program that a user started, with all that it has printed. */
export interface Started extends AsyncDisposable {
  readonly pid: number
  stdout(): string
  stderr(): string
  /** Waits until its stdout matches. */
  prints(pattern: RegExp): Promise<RegExpExecArray>
  /** Ctrl-C: every process of its group hears it. */
  interrupt(): void
  signal(name: NodeJS.Signals): void
  /** Its exit code; what a signal ended has 128 and more. */
  ended(): Promise<number>
}

export function run(command: string, args: readonly string[], { env }: Pick<Surroundings, 'env'>): Started {
  const child = spawn(command, args, { cwd: clone, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text))
  const closed = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? 128))
    child.once('error', (error) => {
      printed.stderr += error.message
      resolve(127)
    })
  })
  const said = () => `${printed.stdout}\n${printed.stderr}`
  return {
    pid: child.pid ?? 0,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    prints: async (pattern) => {
      const found = await poll(
        async () => pattern.exec(printed.stdout) ?? (hasEnded(child) ? ('ended' as const) : undefined),
        { timeoutMs: patienceMs },
      )
      const match = found === 'ended' ? pattern.exec(printed.stdout) : found
      assert.ok(match, `${pattern} was not printed: ${said()}`)
      return match
    },
    interrupt: () => group(child, 'SIGINT'),
    signal: (name) => child.kill(name),
    ended: async () => {
      const timer = setTimeout(() => group(child, 'SIGKILL'), patienceMs)
      const code = await closed
      clearTimeout(timer)
      return code
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded(child)) group(child, 'SIGKILL')
      await closed
    },
  }
}

/** `node tools/boot.mjs start`, as `npm start` runs it, with the Node of the machine. */
export function start(at: Surroundings, ...args: string[]): Started {
  return run('node', ['tools/boot.mjs', 'start', ...args], at)
}

/** `npx cello …`, without npx. */
export function cello(at: Surroundings, ...args: string[]): Started {
  return run('node', ['bin/cello', ...args], at)
}

/** Lines of `--json`, each of which has to be JSON. */
export function events(started: Started): Record<string, unknown>[] {
  const lines = started.stdout().split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line))
}

/** The server's own process, and not the one that waits for it. */
export function serverPid({ dataDir }: Surroundings): number {
  return JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')).pid
}

/** Ids of living processes that carry the mark of a node of this data directory. */
export function nodesOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isAlive(Number(name)))
    .filter((name) => {
      const variables = readOrEmpty(`/proc/${name}/environ`).split('\0')
      const isNode = variables.some((variable) => variable.startsWith('CELLO_NODE='))
      return isNode && variables.some((variable) => variable.startsWith(`CELLO_NODE_FOLDER=${dataDir}/`))
    })
    .map(Number)
}

/** Zombies are dead. */
export function isAlive(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== ''
  } catch {
    return false
  }
}

/** Ends processes as a power cut would, and waits until they are gone. */
export async function cutPower(pids: readonly number[]): Promise<void> {
  for (const pid of pids) end(pid, 'SIGKILL')
  const gone = await poll(async () => pids.every((pid) => !isAlive(pid)) || undefined, { timeoutMs: 60_000 })
  assert.ok(gone, 'killed processes are still there')
}

/** Takes a port of the loopback interface. */
export function occupy(port: number): Promise<Disposable> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1' }, () => resolve({ [Symbol.dispose]: () => server.close() }))
  })
}

/** Where nobody listens, by the kernel's tables: what a newcomer reads must name it. */
function freePort(): number {
  const taken = `${readOrEmpty('/proc/net/tcp')}${readOrEmpty('/proc/net/tcp6')}`
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 4_000)
    if (!taken.includes(`:${port.toString(16).toUpperCase()} `)) return port
  }
}

function group(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) end(-child.pid, signal)
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
