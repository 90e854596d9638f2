import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProcessDriver } from '@cello/driver-process'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { createFabricLedger } from '@cello/ledger-fabric'
import type { Store } from '@cello/ports'
import { openSealer, openStore } from '@cello/store'
import { entry, writeContractFolder } from '../fabric-ledger/contract-folder.ts'
import { type Drive, drive } from '../simulation/drive.ts'

export const fabric = realFabric('3.1.5', ['peer', 'orderer'])

export async function openRealStore(folder: string): Promise<Store> {
  const sealer = await openSealer(join(folder, 'master.key'))
  return openStore({ file: join(folder, 'cello.db'), sealer })
}

/** What a crash run is driven by: the process driver and Fabric itself, all below one folder. Ports are allotted from `firstPort` on. */
export async function overRealFabric(folder: string, store: Store, firstPort: number): Promise<Drive> {
  const driver = createProcessDriver({ dataDir: folder })
  const program = (path: string) => driver.addProgram({ kind: 'file', path })
  const [peer, orderer, node] = await Promise.all([
    program(fabric.program('peer')),
    program(fabric.program('orderer')),
    program(process.execPath),
  ])
  return drive({
    store,
    driver,
    ledger: createFabricLedger(),
    runtime: { kind: 'fabric', version: fabric.version, programs: { peer, orderer } },
    contractRuntime: node,
    contractProgram: (name, version) => {
      const path = join(folder, `contract-${name}-${version}`)
      if (!existsSync(path)) writeContractFolder(path)
      writeFileSync(join(path, 'version.txt'), version)
      return driver.addProgram({ kind: 'folder', path, entry })
    },
    firstPort,
    worker: { hostPollMs: 1_000, resyncMs: 30_000 },
    patienceMs: 90_000,
  })
}
