import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectNodeWorld, type WorldApi } from '@cello/driver-fake'
import { connectLedgerWorld, type LedgerWorldApi } from '@cello/ledger-fake'
import { worldSockets } from './sockets.ts'

/** A world in a process of its own, seen from the test that started it. Disposing ends it and leaves no file. */
export interface WorldProcess extends AsyncDisposable {
  readonly pid: number
  /** To be given to control planes: they connect to the sockets that `worldSockets` names. */
  readonly folder: string
  readonly nodes: WorldApi
  readonly ledgers: LedgerWorldApi
}

/** @throws Error when it ends before it is ready, with what it said. */
export async function startWorld(): Promise<WorldProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'world-'))
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), folder], {
    // Its own session: a signal to the group of the test or of a control plane does not reach it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await ready(child)
  const sockets = worldSockets(folder)
  const [nodes, ledgers] = [connectNodeWorld(sockets.nodes), connectLedgerWorld(sockets.ledgers)]
  return {
    pid: child.pid ?? 0,
    folder,
    nodes,
    ledgers,
    async [Symbol.asyncDispose]() {
      await Promise.all([nodes[Symbol.asyncDispose](), ledgers[Symbol.asyncDispose]()])
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function ready(child: ChildProcess): Promise<void> {
  const said: string[] = []
  child.stderr?.on('data', (piece: Buffer) => said.push(String(piece)))
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the world ended: ${said.join('')}`)
  })
  await Promise.race([once(child.stdout ?? child, 'data'), ended])
  ended.catch(() => {})
}
