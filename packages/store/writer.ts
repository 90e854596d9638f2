import { PlatformError } from '@cello/model'
import type Database from 'better-sqlite3'
import { Connection } from './connection.ts'
import { isFatal, toPlatformError } from './storage-errors.ts'

/** What a write is given: the writing connection, and a way to say that it wrote events. */
export interface WriteScope {
  readonly connection: Connection
  /** Listeners are called once the write is durable. */
  wroteEvents(): void
}

interface Job {
  /** Runs the write inside its savepoint; @returns what to do once it is durable. */
  run(scope: WriteScope): () => void
  reject(error: unknown): void
}

/** More would let one commit hold up the event loop for longer than a sync takes. */
const jobsPerCommit = 500

/**
 * The one writer. Writes asked for in the same turn of the event loop share a transaction and so a sync; each has its own
 * savepoint, so one that throws takes none of the others with it. A write is acknowledged after the commit, never before.
 */
export class Writer implements AsyncDisposable {
  readonly #database: Database.Database
  readonly #folder: string
  readonly #onEvents: () => void
  readonly #scope: WriteScope
  #queue: Job[] = []
  #scheduled = false
  #closed = false
  #eventsInBatch = false
  #failure: { readonly error: PlatformError; readonly fatal: boolean } | undefined
  #drained: (() => void) | undefined

  constructor(database: Database.Database, options: { readonly folder: string; readonly onEvents: () => void }) {
    this.#database = database
    this.#folder = options.folder
    this.#onEvents = options.onEvents
    this.#scope = {
      connection: new Connection(database),
      wroteEvents: () => {
        this.#eventsInBatch = true
      },
    }
  }

  /** Why the last commit failed; absent after one that did not. */
  get failure(): PlatformError | undefined {
    return this.#failure?.error
  }

  /** Runs `write` in a transaction; @returns its result once that is on the disk. @throws STORAGE_FULL, STARTING, INTERNAL, and what `write` throws. */
  write<T>(write: (scope: WriteScope) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(new PlatformError('STARTING'))
      if (this.#failure?.fatal === true) return reject(this.#failure.error)
      this.#queue.push({
        run: (scope) => {
          const result = write(scope)
          return () => resolve(result)
        },
        reject,
      })
      this.#schedule()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    if (this.#queue.length === 0) return
    await new Promise<void>((resolve) => {
      this.#drained = resolve
    })
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#commit(this.#queue.splice(0, jobsPerCommit))
      if (this.#queue.length > 0) this.#schedule()
      else this.#drained?.()
    })
  }

  #commit(jobs: readonly Job[]): void {
    this.#eventsInBatch = false
    const acknowledgements: (() => void)[] = []
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      for (const job of jobs) acknowledgements.push(this.#attempt(job))
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#abandon(jobs, error)
      return
    }
    this.#failure = undefined
    for (const acknowledge of acknowledgements) acknowledge()
    if (this.#eventsInBatch) this.#onEvents()
  }

  /** @throws when the whole transaction is gone, as after a full disk. */
  #attempt(job: Job): () => void {
    this.#database.exec('SAVEPOINT job')
    try {
      const acknowledge = job.run(this.#scope)
      this.#database.exec('RELEASE job')
      return acknowledge
    } catch (error) {
      if (!this.#database.inTransaction || isFatal(error)) throw error
      this.#database.exec('ROLLBACK TO job')
      this.#database.exec('RELEASE job')
      const reason = toPlatformError(error, this.#folder)
      return () => job.reject(reason)
    }
  }

  #abandon(jobs: readonly Job[], error: unknown): void {
    if (this.#database.inTransaction) this.#database.exec('ROLLBACK')
    const reason = toPlatformError(error, this.#folder)
    this.#failure = { error: reason, fatal: isFatal(error) }
    for (const job of jobs) job.reject(reason)
  }
}
