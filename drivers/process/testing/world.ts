import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { poll } from '@cello/kit'
import type { Driver, ProgramSource } from '@cello/ports'
import type { Behaviour, DriverWorld } from '@cello/ports/suites/driver'
import { createProcessDriver, type ProcessDriverOptions } from '../driver.ts'

/**
 * A node for tests. It prints each line that it is sent and sends it back; `exit N` ends it. Its arguments: port, then
 * `dies:CODE:LINE` or `stubborn`.
 */
const nodeScript = `
const { createServer } = require('node:net')
const [port, behaviour = ''] = process.argv.slice(2)
const [what, code, ...line] = behaviour.split(':')
if (what === 'dies') {
  console.log(line.join(':'))
  process.exit(Number(code))
}
if (what === 'stubborn') process.on('SIGTERM', () => console.log('no'))
createServer((socket) => {
  socket.on('error', () => {})
  socket.on('data', (data) => {
    const text = data.toString()
    const [, exit] = /^exit (\\d+)\\n$/.exec(text) ?? []
    if (exit !== undefined) process.exit(Number(exit))
    process.stdout.write(text, () => socket.write(text))
  })
}).listen(Number(port), '127.0.0.1')
`

export interface ProcessWorld extends DriverWorld {
  readonly dataDir: string
}

/** An empty data folder with a driver over it. Disposing removes it with all nodes in it. */
export async function makeWorld(options: Partial<ProcessDriverOptions> = {}): Promise<ProcessWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'cello-process-'))
  const dataDir = options.dataDir ?? join(folder, 'data')
  const open = () => createProcessDriver({ ...options, dataDir })
  const driver = open()
  mkdirSync(join(folder, 'script'))
  writeFileSync(join(folder, 'script', 'node.cjs'), nodeScript)
  let programs = 0
  return {
    driver,
    dataDir,
    dialable: true,
    reopen: async () => open(),
    newProgram: async () => newProgram(folder, ++programs),
    node: (_nodeId, behaviour) => startOf(driver, join(folder, 'script'), behaviour),
    print: async (nodeId, lines) => {
      for (const line of lines) await say(driver, nodeId, line)
    },
    exit: async (nodeId, code) => void (await say(driver, nodeId, `exit ${code}`)),
    kill: (nodeId) => kill(driver, nodeId),
    cut: (nodeId) => kill(driver, nodeId),
    async [Symbol.asyncDispose]() {
      await Promise.all((await driver.observe()).map((node) => driver.remove(node.id, { fence: 1_000_000 })))
      await driver[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Ports for tests: the upper half of the driver's range. */
const testPorts = { from: 25_000, count: 4_900 }
/** Processes that run side by side have numbers near each other, and so begin far from each other. */
let nextPort = (process.pid * 601) % testPorts.count

/** A port that nothing listens on, never the same twice: what took one may not listen on it yet. */
export async function takePort(driver: Driver): Promise<number> {
  for (;;) {
    nextPort = (nextPort + 1) % testPorts.count
    const [port] = await driver.freePorts([testPorts.from + nextPort])
    if (port !== undefined) return port
  }
}

/** Sends a line to a node of the script above, as soon as it listens, and waits until it has printed it. */
export async function say(driver: Driver, nodeId: string, line: string): Promise<string> {
  const { host, port } = await driver.reach(nodeId, 'service')
  const answer = await poll(
    async () => {
      const socket = connect(port, host)
      try {
        await once(socket, 'connect')
        socket.write(`${line}\n`)
        const [data] = await Promise.race([once(socket, 'data'), once(socket, 'close')])
        return String(data)
      } catch {
        return undefined
      } finally {
        socket.destroy()
      }
    },
    { timeoutMs: 60_000, everyMs: 10 },
  )
  if (answer === undefined) throw new Error(`the node ${nodeId} does not listen`)
  return answer
}

async function startOf(
  driver: Driver,
  folder: string,
  { dies, stubborn }: Behaviour,
): Promise<Awaited<ReturnType<DriverWorld['node']>>> {
  const [node, script, port] = await Promise.all([
    driver.addProgram({ kind: 'file', path: process.execPath }),
    driver.addProgram({ kind: 'folder', path: folder, entry: 'node.cjs' }),
    takePort(driver),
  ])
  const behaviour = dies ? `dies:${dies.code}:${dies.lines.join('\n')}` : stubborn ? 'stubborn' : 'obedient'
  return {
    programs: { node, script },
    command: 'node',
    args: ['{program:script}', '{port:service}', behaviour],
    ports: { service: port },
  }
}

function newProgram(folder: string, number: number): ProgramSource {
  const path = join(folder, `program-${number}`)
  writeFileSync(path, `#!/bin/sh\necho ${number}\n`, { mode: 0o755 })
  return { kind: 'file', path }
}

async function kill(driver: Driver, nodeId: string): Promise<void> {
  const pid = (await driver.observe()).find((node) => node.id === nodeId)?.pid
  if (pid === undefined) throw new Error(`the node ${nodeId} does not run`)
  process.kill(pid, 'SIGKILL')
}
