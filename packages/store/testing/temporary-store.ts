import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sealer, Store } from '@cello/ports'
import Database from 'better-sqlite3'
import { openStore } from '../open-store.ts'
import { openSealer } from '../sealer.ts'

/** A store in a new folder, which goes with it. */
export interface TemporaryStore extends AsyncDisposable {
  readonly store: Store
  readonly folder: string
  readonly file: string
  readonly sealer: Sealer
  placesOf(text: string): Promise<string[]>
}

export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'cello-store-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export async function temporaryStore(): Promise<TemporaryStore> {
  const folder = await temporaryFolder()
  const sealer = await openSealer(join(folder.path, 'master.key'))
  const file = join(folder.path, 'cello.db')
  const store = await openStore({ file, sealer })
  return {
    store,
    folder: folder.path,
    file,
    sealer,
    placesOf: async (text) => tablesWith(file, text),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Looks into every column of every table. */
function tablesWith(file: string, text: string): string[] {
  const database = new Database(file, { readonly: true })
  try {
    const columns = database
      .prepare<[], { table: string; name: string }>(
        `SELECT t.name AS "table", c.name FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c
         WHERE t.type = 'table' AND t.schema = 'main' AND t.name NOT LIKE 'sqlite_%'`,
      )
      .all()
    const found = columns.filter(({ table, name }) =>
      database
        .prepare<[string]>(`SELECT 1 FROM "${table}" WHERE instr(CAST("${name}" AS BLOB), CAST(? AS BLOB)) > 0`)
        .get(text),
    )
    return [...new Set(found.map(({ table }) => table))].sort()
  } finally {
    database.close()
  }
}
