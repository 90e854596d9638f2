import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

test('what a busy time left behind is given back when it is over, and nobody is kept alive for it', () => {
  // In a process of its own, whose clock for the looks is made a hundred times faster.
  const program = `
    import { giveBackMemoryAtRest } from ${JSON.stringify(join(import.meta.dirname, 'memory-at-rest.ts'))}
    import { setTimeout as sleep } from 'node:timers/promises'
    const slow = globalThis.setInterval
    globalThis.setInterval = (work, ms) => slow(work, ms / 100)
    giveBackMemoryAtRest()
    let kept = []
    for (let n = 0; n < 1_000_000; n++) kept.push({ n, text: 'x' + n })
    kept = undefined
    const before = process.memoryUsage().rss
    for (let n = 0; n < 600 && process.memoryUsage().rss > before / 2; n++) await sleep(100)
    console.log(process.memoryUsage().rss < before / 2)`
  const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  assert.equal(ran.stdout.trim(), 'true', ran.stderr)
})
