import type Database from 'better-sqlite3'
import type { Compilable } from 'kysely'

/** Enough for every query of the repositories, whose texts are constant; beyond it something makes texts from values. */
const keptStatements = 200

/** Runs compiled queries on one SQLite connection, synchronously, and keeps their statements prepared. */
export class Connection {
  readonly #database: Database.Database
  readonly #statements = new Map<string, Database.Statement>()

  constructor(database: Database.Database) {
    this.#database = database
  }

  /** All rows. Also for writes with RETURNING. */
  all<Row>(query: Compilable<Row>): Row[] {
    const { sql, parameters } = query.compile()
    return this.#prepared<Row>(sql).all(...parameters)
  }

  first<Row>(query: Compilable<Row>): Row | undefined {
    const { sql, parameters } = query.compile()
    return this.#prepared<Row>(sql).get(...parameters)
  }

  /** @returns the number of rows changed, those of cascades not counted. */
  change(query: Compilable): number {
    const { sql, parameters } = query.compile()
    return this.#prepared<unknown>(sql).run(...parameters).changes
  }

  #prepared<Row>(sql: string): Database.Statement<unknown[], Row> {
    const kept = this.#statements.get(sql)
    // The same text has the same columns, and so the row type of the query, made from `Tables`, that it was compiled from.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    if (kept !== undefined) return kept as Database.Statement<unknown[], Row>
    if (this.#statements.size >= keptStatements) this.#statements.clear()
    const made = this.#database.prepare<unknown[], Row>(sql)
    this.#statements.set(sql, made)
    return made
  }
}
