import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { newId, poll } from '@cello/kit'
import type { Driver, NodeSpec } from '@cello/ports'
import { createProcessDriver, type ProcessDriverOptions } from '../driver.ts'

export interface Place {
  readonly dataDir: string
  readonly driver: Driver
  /** Another driver over the same folder. */
  reopen(): Driver
  /** A folder for what a test makes. */
  readonly folder: string
}

/** A driver over an empty folder; at the end of the test all of it is removed, nodes too. */
export function makePlace(context: TestContext, options: Partial<ProcessDriverOptions> = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), 'cello-process-'))
  const dataDir = options.dataDir ?? join(folder, 'data')
  const opened: Driver[] = []
  const open = () => {
    const driver = createProcessDriver({ ...options, dataDir })
    opened.push(driver)
    return driver
  }
  const driver = open()
  context.after(async () => {
    const nodes = await driver.observe()
    await Promise.all(nodes.map((node) => driver.remove(node.id, { fence: 1_000_000 })))
    for (const one of opened) await one[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })
  return { dataDir, driver, reopen: open, folder }
}

let scripts = 0

/** A node that is a POSIX sh script. */
export async function shellNode(place: Place, script: string, change: Partial<NodeSpec> = {}): Promise<NodeSpec> {
  const path = join(place.folder, `script-${++scripts}`)
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return {
    id: newId(),
    incarnation: 1,
    labels: { network: 'demo', organization: 'Org1', name: 'peer0', kind: 'peer' },
    programs: { script: await place.driver.addProgram({ kind: 'file', path }) },
    command: 'script',
    args: [],
    env: {},
    files: [],
    secretFiles: [],
    ports: {},
    graceMs: 2000,
    ...change,
  }
}

/** What a node printed, once there are so many lines. */
export async function output({ driver }: Place, nodeId: string, lines: number): Promise<string[]> {
  const texts = await poll(
    async () => {
      const found: string[] = []
      for await (const line of driver.logs(nodeId)) found.push(line.text)
      return found.length >= lines ? found : undefined
    },
    { timeoutMs: 60_000 },
  )
  if (texts === undefined) throw new Error(`the node ${nodeId} has not printed ${lines} lines`)
  return texts
}

/** Runs until it is asked to end, and answers that at once: `sh` waits for a child before it looks at a signal. */
export const idle = 'sleep 1000 & wait'
