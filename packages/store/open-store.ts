import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Clock, Secret, systemClock } from '@cello/kit'
import type { Sealer, Store } from '@cello/ports'
import type Database from 'better-sqlite3'
import { Connection } from './connection.ts'
import { openReader, openWriter } from './database-file.ts'
import { lockFolder } from './folder-lock.ts'
import { migrate, readMigrations } from './migrate.ts'
import { artifactRepository } from './repositories/artifacts.ts'
import { claimRepository } from './repositories/claims.ts'
import { historyRepository } from './repositories/history.ts'
import { hostRepository } from './repositories/hosts.ts'
import { identityRepository } from './repositories/identities.ts'
import { networkRepository } from './repositories/networks.ts'
import { operationRepository } from './repositories/operations.ts'
import { packageRepository } from './repositories/packages.ts'
import { requestRepository } from './repositories/requests.ts'
import { transactionRepository } from './repositories/transactions.ts'
import { Writer } from './writer.ts'

export interface StoreOptions {
  /** The database; its folder, made where there is none, is locked for this process. */
  readonly file: string
  readonly sealer: Sealer
  readonly clock?: Clock
  /** Folder of numbered SQL files; default: those of this package. */
  readonly migrations?: URL
}

const ownMigrations = new URL('./migrations/', import.meta.url)

/**
 * Opens the store in a SQLite file: takes the folder's lock, checks the file after an unclean stop, brings it up to date
 * and makes sure that the sealer has its master key.
 * @throws Error with one sentence for whoever starts the server: folder in use, file damaged or newer, another master key.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const file = resolve(options.file)
  const folder = dirname(file)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const migrations = await readMigrations(options.migrations ?? ownMigrations)
  const cleanUp = new DisposableStack()
  try {
    cleanUp.use(lockFolder(folder))
    const database = cleanUp.adopt(openWriter(file), (opened) => opened.close())
    await migrate(database, { migrations, now: (options.clock ?? systemClock).now() })
    checkMasterKey(database, options.sealer)
    endClaims(database)
    endRequests(database)
    // Closed before the writer, whose close then leaves no log behind: the mark of a clean stop.
    const reader = cleanUp.adopt(openReader(file), (opened) => opened.close())
    return storeOf({ database, reader, folder, sealer: options.sealer, cleanUp })
  } catch (error) {
    cleanUp.dispose()
    throw error
  }
}

/**
 * A request that was being handled when its process died is handled no longer: its key is free, and the same request asked
 * again finds what it made by the id that it gave it.
 */
function endRequests(database: Database.Database): void {
  database.prepare('DELETE FROM requests WHERE status IS NULL').run()
}

/**
 * Whoever holds a claim in this file is dead: it could not have the folder's lock otherwise. So its claim is free at once,
 * and a control plane that was killed is followed without waiting for the claim to run out. The fence still rises.
 */
function endClaims(database: Database.Database): void {
  database.prepare('UPDATE claims SET owner = NULL, expires_at = 0 WHERE owner IS NOT NULL').run()
}

interface Opened {
  readonly database: Database.Database
  readonly reader: Database.Database
  readonly folder: string
  readonly sealer: Sealer
  readonly cleanUp: DisposableStack
}

function storeOf({ database, reader, folder, sealer, cleanUp }: Opened): Store {
  const listeners = new Set<() => void>()
  const onEvents = () => {
    for (const listener of listeners) listener()
  }
  const writer = new Writer(database, { folder, onEvents })
  const access = { reader: new Connection(reader), writer }
  return {
    hosts: hostRepository(access),
    networks: networkRepository(access),
    identities: identityRepository({ ...access, sealer }),
    artifacts: artifactRepository(access),
    packages: packageRepository(access),
    operations: operationRepository({ ...access, listeners }),
    transactions: transactionRepository(access),
    claims: claimRepository(access),
    requests: requestRepository(access),
    history: historyRepository(access),
    async check() {
      if (writer.failure !== undefined) return { ok: false, detail: writer.failure.message }
      try {
        reader.prepare('SELECT number FROM migrations LIMIT 1').get()
        return { ok: true }
      } catch (error) {
        return { ok: false, detail: error instanceof Error ? error.message : String(error) }
      }
    },
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]()
      cleanUp.dispose()
    },
  }
}

const proofContext = 'store/proof'
const proofText = 'this database belongs to this master key'

/** A store opened with another key would fail at its first use of an old key, long after it kept new ones. */
function checkMasterKey(database: Database.Database, sealer: Sealer): void {
  const row = database.prepare<[], { proof: Uint8Array }>('SELECT proof FROM seal WHERE id = 1').get()
  if (row === undefined) {
    const proof = sealer.seal(new Secret(proofText), proofContext)
    database.prepare('INSERT INTO seal (id, proof) VALUES (1, ?)').run(proof)
    return
  }
  try {
    sealer.open(row.proof, proofContext)
  } catch (error) {
    throw new Error(`The master key is not that of the database ${database.name}; put the right key file back.`, {
      cause: error,
    })
  }
}
