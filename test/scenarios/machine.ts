import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { poll } from '@cello/kit'

export interface NodeProcess {
  readonly pid: number
  /** CELLO_NODE: the node's id. */
  readonly node: string
  /** Absolute path of what runs. */
  readonly program: string
}

/** Processes that carry the mark of a node below this data directory, zombies left out. */
export function processesOf(dataDir: string): NodeProcess[] {
  const found: NodeProcess[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const variables = new Map(read(`/proc/${name}/environ`).split('\0').map(split))
    const node = variables.get('CELLO_NODE')
    if (node === undefined || !variables.get('CELLO_NODE_FOLDER')?.startsWith(`${dataDir}/`)) continue
    const program = link(`/proc/${name}/exe`)
    if (program !== '') found.push({ pid: Number(name), node, program })
  }
  return found
}

/** The node's own process, without its launcher. */
export function nodeProcess(dataDir: string, node: string): NodeProcess | undefined {
  return processesOf(dataDir).find((found) => found.node === node && found.program.startsWith(`${dataDir}/`))
}

/** Ends them as a power cut would, and waits until they are gone. */
export async function killAll(processes: readonly NodeProcess[]): Promise<void> {
  for (const { pid } of processes) kill(pid)
  const gone = await poll(async () => processes.every(({ pid }) => link(`/proc/${pid}/exe`) === '') || undefined, {
    timeoutMs: 60_000,
  })
  if (!gone) throw new Error('killed processes are still there')
}

/** Of these ports, those that nobody listens at. */
export async function freePorts(ports: readonly number[]): Promise<number[]> {
  const free = await Promise.all(ports.map(isFree))
  return ports.filter((_, index) => free[index])
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}

function split(variable: string): [string, string] {
  const at = variable.indexOf('=')
  return [variable.slice(0, at), variable.slice(at + 1)]
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
}
