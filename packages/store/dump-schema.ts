import type Database from 'better-sqlite3'

/** The tables and indexes of a database as SQL, in the order in which they were made. schema.sql is this text. */
export function dumpSchema(database: Database.Database): string {
  const rows = database
    .prepare<[], { sql: string }>(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
    )
    .all()
  return rows.map(({ sql }) => `${sql};\n`).join('\n')
}
