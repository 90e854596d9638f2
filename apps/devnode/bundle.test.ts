import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bundleDevnode } from './bundle.ts'
import { nodeVersion } from './version.ts'

test('the bundle runs from anywhere, and is made once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'devnode-bundle-'))
  try {
    const [one, other] = await Promise.all([1, 2].map(() => bundleDevnode({ cacheDir: folder })))
    assert.deepEqual(one, other)
    assert.deepEqual(await bundleDevnode({ cacheDir: folder }), one)
    assert.equal(readdirSync(join(folder, 'devnode')).length, 1)
    const moved = join(folder, 'elsewhere')
    cpSync(one?.path ?? '', moved, { recursive: true })
    assert.deepEqual(readdirSync(moved).sort(), ['devnode.cjs', 'devnode.code', 'devnode.mjs'])
    const start = () =>
      execFileSync(process.execPath, [join(moved, 'devnode.mjs'), 'version'], { env: {}, stdio: 'pipe' })
    assert.doesNotThrow(start)
    const known = statSync(join(moved, 'devnode.code')).size
    assert.ok(known > 100_000, `${known} bytes of code are kept`)
    rmSync(join(moved, 'devnode.code'))
    assert.doesNotThrow(start, 'without V8’s code it is compiled')
    assert.ok(nodeVersion.startsWith('devnode'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
