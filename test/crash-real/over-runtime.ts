import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProcessDriver } from '@cello/driver-process'
import type { Driver, Ledger, Store } from '@cello/ports'
import { openSealer, openStore } from '@cello/store'
import { entry, writeContractFolder } from '../fabric-ledger/contract-folder.ts'
import type { TestRuntime } from '../runtimes.ts'
import { type Drive, drive } from '../simulation/drive.ts'

export async function openFileStore(folder: string): Promise<Store> {
  const sealer = await openSealer(join(folder, 'master.key'))
  return openStore({ file: join(folder, 'cello.db'), sealer })
}

export interface Place {
  readonly runtime: TestRuntime
  /** Everything lies below it. */
  readonly folder: string
  /** Ports are allotted from here on. */
  readonly firstPort: number
}

/** What a test puts between the orchestration and what it drives. */
export interface Between {
  driver(driver: Driver): Driver
  ledger(ledger: Ledger): Ledger
}

/** What a crash run is driven by: the process driver, and nodes as users run them. */
export async function overRuntime(
  { runtime, folder, firstPort }: Place,
  store: Store,
  between: Partial<Between> = {},
): Promise<Drive> {
  const own = createProcessDriver({ dataDir: folder })
  const driver = between.driver?.(own) ?? own
  const ledger = runtime.makeLedger()
  const [programs, node] = await Promise.all([
    runtime.addPrograms(driver),
    driver.addProgram({ kind: 'file', path: process.execPath }),
  ])
  return drive({
    store,
    driver,
    ledger: between.ledger?.(ledger) ?? ledger,
    runtime: { kind: runtime.kind, version: runtime.version, programs },
    contractRuntime: node,
    contractProgram: (name, version) => {
      const path = join(folder, `contract-${name}-${version}`)
      if (!existsSync(path)) writeContractFolder(path)
      writeFileSync(join(path, 'version.txt'), version)
      return driver.addProgram({ kind: 'folder', path, entry })
    },
    firstPort,
    worker: { hostPollMs: 1_000, resyncMs: 30_000 },
    patienceMs: 180_000,
  })
}
