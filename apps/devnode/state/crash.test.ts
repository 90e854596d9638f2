import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWorldState } from './open-world-state.ts'
import type { WorldState } from './world-state.ts'

const keysPerBlock = 200
const cycles = 25

/** Run in a child: blocks as fast as they go, each of which rewrites the same keys with its own number. */
const applying = `
  import { openWorldState } from ${JSON.stringify(new URL('open-world-state.ts', import.meta.url).href)}
  const state = openWorldState(process.argv[1])
  process.stdout.write(String(state.damage ?? 'whole'))
  for (let number = state.height; ; number += 1) {
    state.apply({
      number,
      hash: Buffer.from('hash ' + number),
      transactions: [{ txId: 'tx ' + number, transaction: 0, code: 0 }],
      writes: Array.from({ length: ${keysPerBlock} }, (_, key) => ({
        namespace: 'basic', key: 'key ' + key, transaction: 0, value: Buffer.from(String(number)),
        change: { txId: 'tx ' + number, timestamp: { seconds: 1, nanos: 0 } },
      })),
    })
    process.stdout.write('.')
  }`

test('killed at any moment, the state is that after some whole block', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'devnode-state-crash-'))
  const path = join(folder, 'state')
  try {
    let height = 0
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      // Every other time after some blocks: on a busy machine it might never get so far.
      await applyUntilKilled(path, `cycle ${cycle}`, (cycle % 2) * 4)
      // Every other time the next process finds it as the kill left it.
      if (cycle % 2 === 0) continue
      using state = openWorldState(path)
      assert.equal(state.damage, undefined, `cycle ${cycle}`)
      assert.ok(state.height >= height, `cycle ${cycle}`)
      height = state.height
      checkWhole(state, `cycle ${cycle} at height ${height}`)
    }
    assert.ok(height > cycles, `${height} blocks`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

async function applyUntilKilled(path: string, where: string, blocks: number): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', applying, path], { stdio: 'pipe' })
  const ended = once(child, 'exit')
  let [said, complaint] = ['', '']
  child.stdout.on('data', (more) => {
    said += String(more)
  })
  child.stderr.on('data', (more) => {
    complaint += String(more)
  })
  try {
    while (said.length < 'whole'.length + blocks && child.exitCode === null) await sleep(1)
    assert.match(said, /^whole\.*$/, `${where}: ${complaint}`)
    await sleep(Math.random() * 40)
  } finally {
    child.kill('SIGKILL')
  }
  assert.deepEqual(await ended, [null, 'SIGKILL'], `${where}: ${complaint}`)
}

function checkWhole(state: WorldState, where: string): void {
  const last = state.height - 1
  if (last < 0) return
  const values = Array.from(state.range('basic', { start: '', end: '' }), ({ value }) => Buffer.from(value).toString())
  assert.deepEqual(values, Array(keysPerBlock).fill(String(last)), where)
  assert.deepEqual(state.transaction(`tx ${last}`), { block: last, transaction: 0, code: 0 }, where)
  assert.equal(state.transaction(`tx ${state.height}`), undefined, where)
  assert.equal(state.blockByHash(Buffer.from(`hash ${last}`)), last, where)
  assert.equal([...state.history('basic', 'key 7')].length, state.height, where)
}
