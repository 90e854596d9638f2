/** For tests only: gathers what may show why a node that runs does not answer, before everything is cleared away. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, openConnection, waitUntilConnected } from '@cello/fabric'
import type { NodeProcess } from '../../fabric-harness/node-process.ts'
import type { NodeProgram } from '../agreement/scenario.ts'
import { describeClient } from './client-channel.ts'

export interface Suspect {
  readonly name: string
  readonly process: NodeProcess
  /** The one that gets no answers. */
  readonly connection: Connection
  readonly ports: { readonly operations: number; readonly [name: string]: number }
  /** Where the node runs. */
  readonly folder: string
  /** Asks the same question over another connection. */
  readonly askAnew: (connection: Connection) => Promise<unknown>
}

/** Why each question was not answered: reason to times and the last time. */
export type Refusals = ReadonlyMap<string, { readonly times: number; readonly last: string }>

const reportFile = 'node-report.json'
/** Milliseconds that each question to the suspect may take. */
const questionMs = 5_000

/** The program such that it writes what its event loop holds when it gets SIGUSR2. */
export function reporting({ program, args }: NodeProgram): NodeProgram {
  const flags = ['--report-on-signal', `--report-filename=${reportFile}`, '--report-exclude-network']
  return { program, args: [...flags, ...args] }
}

/** Writes all that can be found out into a new folder, which stays. @returns the folder, and the most telling of it */
export async function gatherEvidence(suspect: Suspect, refusals: Refusals): Promise<string> {
  const { process: running, connection } = suspect
  const client = describeClient(connection)
  const found = {
    at: new Date().toISOString(),
    node: suspect.name,
    refusals: Object.fromEntries(refusals),
    client,
    sockets: Object.values(suspect.ports).flatMap(socketsOf),
    process: aboutProcess(running.pid),
    operations: await attempt(() => readOperations(suspect.ports.operations)),
    anotherConnection: await attempt(() => askAnother(suspect)),
    clientAfterwards: describeClient(connection),
    nodeReport: await attempt(() => reportOf(suspect)),
    clientReport: handlesOf(process.report.getReport()),
    log: running.log(),
  }
  const folder = mkdtempSync(join(tmpdir(), 'cello-kill-evidence-'))
  writeFileSync(join(folder, `${suspect.name}.json`), `${JSON.stringify(found, plain, 2)}\n`)
  const { refusals: reasons, sockets } = found
  const anew = typeof found.anotherConnection === 'string' ? found.anotherConnection : 'answered'
  return `evidence in ${folder}; ${JSON.stringify({ reasons, client: client['state'], anew, sockets }, plain)}`
}

/** Bytes of certificates tell nothing here. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array || isJsonOfBytes(value) ? '(bytes)' : value
}

function isJsonOfBytes(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer'
}

async function attempt<T>(gather: () => Promise<T>): Promise<T | string> {
  try {
    return await gather()
  } catch (error) {
    return `failed: ${String(error)}`
  }
}

async function readOperations(port: number): Promise<unknown> {
  const read = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(questionMs) })
    return answer.text()
  }
  const health = await read('/healthz')
  const metrics = await read('/metrics')
  return { health, metrics: metrics.split('\n').filter((line) => line !== '' && !line.startsWith('#')) }
}

/** Whether the node answers somebody who comes anew: then the fault lies with the old connection. */
async function askAnother({ connection, askAnew }: Suspect): Promise<unknown> {
  await using another = openConnection({ ...connection.endpoint, node: 'asked anew' })
  await waitUntilConnected(another, { timeoutMs: questionMs })
  return { connected: describeClient(another), answer: await askAnew(another) }
}

async function reportOf({ process: running, folder }: Suspect): Promise<unknown> {
  const path = join(folder, reportFile)
  if (running.pid === undefined) return 'no process'
  process.kill(running.pid, 'SIGUSR2')
  const end = performance.now() + questionMs
  while (!existsSync(path) && performance.now() < end) await sleep(50)
  await sleep(500) // until it is whole
  return handlesOf(JSON.parse(readFileSync(path, 'utf8')))
}

/** What the event loop of a process holds: sockets with their ends and queues, timers, running children. */
function handlesOf(report: unknown): unknown {
  if (typeof report !== 'object' || report === null) return report
  const parts = ['header', 'javascriptStack', 'libuv', 'resourceUsage']
  return Object.fromEntries(Object.entries(report).filter(([key]) => parts.includes(key)))
}

/** The kernel's rows of all sockets that have this port at one of their ends, with their states and queues. */
function socketsOf(port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) =>
    (read(path) ?? '').split('\n').filter((row) => row.includes(`:${hex} `)),
  )
}

/** What the kernel says of a process; its stack in the kernel is shown to root alone. */
function aboutProcess(pid: number | undefined): unknown {
  const names = ['status', 'stat', 'wchan', 'stack', 'syscall']
  return Object.fromEntries(names.map((name) => [name, read(`/proc/${pid}/${name}`)]))
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
