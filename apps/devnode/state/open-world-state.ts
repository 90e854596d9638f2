import type { DatabaseSync } from 'node:sqlite'
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
  const reading = readingOf(database)
  const apply = applyingOf(database)
  let height = heightOf(database)
  return {
    ...reading,
    ...(damage === undefined ? {} : { damage }),
    get height() {
      return height
    },
    apply(block) {
      if (block.number !== height) throw new Error(`block ${block.number} cannot be applied at height ${height}`)
      apply(block)
      height += 1
    },
    fillIn: fillingOf(database, reading.get),
    clear() {
      database.exec(
        'BEGIN; DELETE FROM state; DELETE FROM history; DELETE FROM transactions; DELETE FROM blocks; COMMIT',
      )
      height = 0
    },
    [Symbol.dispose]: close,
  }
}

function heightOf(database: DatabaseSync): number {
  const { height } = database.prepare('SELECT coalesce(max(number) + 1, 0) AS height FROM blocks').get() ?? {}
  return Number(height)
}
