/** Where a peer keeps what it has: below `peer.fileSystemPath`, or in memory. */
import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ledgers } from './ledger/block-store.ts'
import { fileLedgers } from './ledger/file-ledgers.ts'
import { memoryLedgers } from './ledger/memory-ledgers.ts'
import { openPrivateStore } from './state/open-private-store.ts'
import { openWorldState } from './state/open-world-state.ts'
import type { PrivateStore } from './state/private-store.ts'
import type { WorldState } from './state/world-state.ts'

export interface PeerStorage extends AsyncDisposable {
  readonly ledgers: Ledgers
  readonly openState: (channel: string) => WorldState
  readonly openPrivate: (channel: string) => PrivateStore
  /** Installed packages, and what builders made of them. */
  readonly packageFolder: string
}

export function fileStorage(folder: string): PeerStorage {
  // A channel's name is a file's name: the config rules allow lower-case letters, digits, dots and dashes.
  const database = (kind: string, channel: string): string => {
    mkdirSync(join(folder, kind), { recursive: true })
    return join(folder, kind, `${channel}.sqlite`)
  }
  return {
    ledgers: fileLedgers(folder),
    openState: (channel) => openWorldState(database('state', channel)),
    openPrivate: (channel) => openPrivateStore(database('private', channel)),
    packageFolder: folder,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Everything ends with the process; builders of packages get a folder for temporary files, which is removed. */
export async function memoryStorage(): Promise<PeerStorage> {
  const packageFolder = await mkdtemp(join(tmpdir(), 'devnode-peer-'))
  return {
    ledgers: memoryLedgers(),
    openState: () => openWorldState(':memory:'),
    openPrivate: () => openPrivateStore(':memory:'),
    packageFolder,
    [Symbol.asyncDispose]: () => rm(packageFolder, { recursive: true, force: true }),
  }
}
