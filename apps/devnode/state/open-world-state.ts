import type { DatabaseSync } from 'node:sqlite'
import { privateNamespace } from './collection-namespace.ts'
import { snapshotsOf } from './snapshots.ts'
import { openStateDatabase } from './state-database.ts'
import { readingOf } from './state-reading.ts'
import { applyingOf, fillingOf } from './state-writing.ts'
import type { WorldState } from './world-state.ts'

/**
 * A channel's state in one SQLite file, or in memory. A file that is damaged, or that a crash of the machine may have torn,
 * is thrown away: `damage` says why, and the height is 0 again.
 * @param path of the file, whose folder exists, or `:memory:` @throws Error where another process has it open
 */
export function openWorldState(path: string): WorldState {
  const { database, damage, [Symbol.dispose]: close } = openStateDatabase(path)
  const { page, ...reading } = readingOf(database)
  const snapshots = snapshotsOf({ ...reading, page })
  const apply = applyingOf(database)
  const fillIn = fillingOf(database, reading.get)
  let height = heightOf(database)
  const changes = new Map<string, number>()
  let cleared = 0
  const changed = (namespace: string) => changes.set(namespace, (changes.get(namespace) ?? 0) + 1)
  return {
    ...reading,
    changes: (namespace) => cleared + (changes.get(namespace) ?? 0),
    ...(damage === undefined ? {} : { damage }),
    get height() {
      return height
    },
    apply(block) {
      if (block.number !== height) throw new Error(`block ${block.number} cannot be applied at height ${height}`)
      snapshots.before(block.writes)
      apply(block)
      for (const namespace of new Set(block.writes.map((write) => write.namespace))) changed(namespace)
      height += 1
    },
    fillIn(writes) {
      const places = writes.map(({ contract, collection, key }) => ({
        namespace: privateNamespace(contract, collection),
        key,
      }))
      snapshots.before(places)
      fillIn(writes)
      for (const { contract, collection } of writes) changed(privateNamespace(contract, collection))
    },
    snapshot: () => snapshots.open(height),
    clear() {
      database.exec(
        'BEGIN; DELETE FROM state; DELETE FROM history; DELETE FROM transactions; DELETE FROM blocks; COMMIT',
      )
      height = 0
      cleared += 1
    },
    [Symbol.dispose]: close,
  }
}

function heightOf(database: DatabaseSync): number {
  const { height } = database.prepare('SELECT coalesce(max(number) + 1, 0) AS height FROM blocks').get() ?? {}
  return Number(height)
}
