import assert from 'node:assert/strict'
import { test } from 'node:test'
import { permissions } from '@cello/model'
import * as usecases from './index.ts'
import { administrator, allow, type Call, type Context } from './index.ts'

const nobody: Call = { actor: { name: 'nobody', permissions: new Set() } }

test('the administrator holds every permission, and nobody else any', () => {
  for (const permission of permissions) {
    allow({ actor: administrator }, permission)
    assert.throws(() => allow(nobody, permission), { code: 'FORBIDDEN' }, permission)
  }
})

test('every command and query refuses whoever holds nothing, before it looks at anything', async () => {
  const internal = ['allow']
  const entries = Object.entries(usecases).filter(
    ([name, value]) => typeof value === 'function' && !internal.includes(name),
  )
  assert.ok(entries.length > 35)
  // Whatever is touched of this context is a mistake.
  const context = new Proxy({} as Context, {
    get(_target, name) {
      throw new Error(`${String(name)} was looked at`)
    },
  })
  for (const [name, usecase] of entries) {
    const run = usecase as (context: Context, call: Call, input: unknown) => Promise<unknown>
    await assert.rejects(async () => run(context, nobody, {}), { code: 'FORBIDDEN' }, name)
  }
})
