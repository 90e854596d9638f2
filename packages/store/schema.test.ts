import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { operationMoves, operationStates, stepStates } from '@cello/model'
import Database from 'better-sqlite3'
import { dumpSchema } from './dump-schema.ts'
import { migrate, readMigrations } from './migrate.ts'
import { openStates } from './repositories/operation-moves.ts'

const schemaFile = new URL('schema.sql', import.meta.url)

async function migrated(): Promise<Database.Database> {
  const database = new Database(':memory:')
  await migrate(database, { migrations: await readMigrations(new URL('migrations/', import.meta.url)), now: 0 })
  return database
}

test('schema.sql is what the migrations make of an empty database (CELLO_WRITE_SCHEMA=1 writes it anew)', async () => {
  const dumped = dumpSchema(await migrated())
  if (process.env.CELLO_WRITE_SCHEMA === '1') await writeFile(schemaFile, dumped)
  assert.equal(dumped, await readFile(schemaFile, 'utf8'))
})

test('the states that SQL allows are those of the model', async () => {
  const schema = dumpSchema(await migrated())
  const checks = (table: string) => {
    const statement = new RegExp(`CREATE TABLE ${table} \\([\\s\\S]*?STRICT`).exec(schema)?.[0] ?? ''
    return listed(/state TEXT NOT NULL CHECK \(state IN \(([^)]*)\)\)/.exec(statement)?.[1])
  }
  assert.deepEqual(checks('operations'), [...operationStates])
  assert.deepEqual(checks('events'), [...operationStates])
  assert.deepEqual(checks('steps'), [...stepStates])
  const indexed = /INDEX operations_open .* WHERE state IN \(([^)]*)\)/.exec(schema)?.[1]
  assert.deepEqual(listed(indexed), [...openStates])
})

test('an open operation is one that a move can still leave', () => {
  const left = operationStates.filter((state) => operationMoves[state].length > 0)
  assert.deepEqual([...openStates], left)
})

function listed(text: string | undefined): string[] {
  return (text ?? '').split(', ').map((quoted) => quoted.slice(1, -1))
}
