import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Suite } from '../suites.ts'
import { runSuite, type SuiteResult } from './run-suite.ts'
import { filesOf } from './suite-files.ts'
import { closingLine, describeSkipped, describeSuite, totalsOf } from './summary.ts'

const samples = {
  'good.test.ts': `
    import { describe, test } from 'node:test'
    test('holds', () => {})
    test('is left out', { skip: 'no Fabric here' }, () => {})
    describe('a group that is left out', { skip: 'no Fabric here' }, () => { test('inside', () => {}) })`,
  'bad.test.ts': `
    import { describe, test } from 'node:test'
    describe('group', () => { test('breaks', () => { console.log('said before'); throw new Error('as it must') }) })`,
  'unreadable.test.ts': `throw new Error('at the door')`,
  'empty.test.ts': `export {}`,
  'property.test.ts': `
    import { test } from 'node:test'
    import * as fc from '${import.meta.resolve('fast-check')}'
    test('never so', () => fc.assert(fc.property(fc.nat(), () => false)))`,
  'leaky.test.ts': `
    import { spawn } from 'node:child_process'
    import { writeFileSync } from 'node:fs'
    import { tmpdir } from 'node:os'
    import { test } from 'node:test'
    test('leaves things', () => {
      writeFileSync(tmpdir() + '/left', '')
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)'], { detached: true, stdio: 'ignore' })
      child.unref()
    })`,
}

describe('a suite', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'suites-'))
    for (const [name, text] of Object.entries(samples)) writeFileSync(join(folder, name), text)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const run = (files: readonly string[], more: Partial<Suite> = {}, lingerMs?: number): Promise<SuiteResult> => {
    const suite = { name: 'sample', files, minutes: 1, ...more }
    return runSuite(suite, filesOf(suite, folder), folder, lingerMs)
  }

  test('counts what passed and was skipped, groups too, each with its reason', async () => {
    const result = await run(['good.test.ts'])
    assert.deepEqual(totalsOf([result]), { passed: 1, failed: 0, skipped: 2 })
    assert.match(describeSkipped([result]), /SKIPPED, no Fabric here:\n.*is left out\n.*a group that is left out/)
  })

  test('shows how a test failed and what its file printed', async () => {
    const result = await run(['bad.test.ts'])
    assert.deepEqual(totalsOf([result]), { passed: 0, failed: 1, skipped: 0 })
    const text = describeSuite(result, folder)
    for (const part of ['bad.test.ts: breaks', 'as it must', 'said before']) assert.ok(text.includes(part), part)
  })

  test('tries a property with the seed that is given, and says how to try it with the one that failed', async () => {
    const result = await run(['property.test.ts'], { env: { CELLO_PROPERTY_SEED: '-7' } })
    assert.match(describeSuite(result, folder), / CELLO_PROPERTY_SEED=-7 npm test -- --only 'sample'$/m)
  })

  test('fails where a file cannot be loaded, or has no test', async () => {
    assert.equal(totalsOf([await run(['unreadable.test.ts'])]).failed, 1)
    assert.deepEqual((await run(['none.test.ts'])).faults, ['it has no test at all'])
  })

  test('fails where a process is left running, and ends it', async () => {
    const result = await run(['leaky.test.ts'], {}, 100)
    assert.equal(totalsOf([result]).passed, 1)
    const [, pid] = /process (\d+) running/.exec(result.faults[0] ?? '') ?? []
    assert.ok(pid, String(result.faults))
    assert.equal(isAlive(Number(pid)), false)
    assert.match(String(result.remarks), /left 1 temporary files/)
  })

  test('that takes longer than it may says so and passes', async () => {
    const result = await run(['good.test.ts'], { minutes: 0.000_1 })
    assert.equal(totalsOf([result]).failed, 0)
    assert.match(String(result.remarks), /over its 0.0001/)
  })
})

/** A zombie is dead: it has no arguments left. */
function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`).length > 0
  } catch {
    return false
  }
}

test('whoever interrupts the tests ends all of them, and is told how many suites did not run', async () => {
  const args = [join(import.meta.dirname, '../test.ts'), '--only', 'kit, model', '--only', 'process driver']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const [said, ended] = [text(child.stderr), once(child, 'exit')]
  while (readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8') === '') await sleep(20)
  child.kill('SIGINT')
  assert.match(await said, /ended by SIGINT; suites that did not run: 1/)
  assert.deepEqual(await ended, [1, null])
})

test('the closing line has the form that CI reads', () => {
  assert.equal(closingLine({ passed: 12, failed: 0, skipped: 3 }), '12 passed, 0 failed, 3 skipped')
})
