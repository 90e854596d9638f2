import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { systemClock } from '@cello/kit'
import { lastLines, markLog, rotateLog } from './log-files.ts'
import { readLog } from './log-reader.ts'
import { makePlace, type Place, shellNode } from './testing/shell-node.ts'

const bounds = { maxBytes: 60, files: 3 }

test('a log is moved aside when it is too long, and no more files than wanted are kept', async (context) => {
  const { folder, log } = setUp(context)
  for (let n = 0; n < 5; n += 1) {
    writeLines(log, n * 10, 10)
    await rotateLog(folder, bounds)
    assert.equal(statSync(log).size, 0, `round ${n}`)
  }
  await rotateLog(folder, bounds)
  assert.deepEqual(readdirSync(folder).sort(), ['output.log', 'output.log.1', 'output.log.2'])
  writeLines(log, 50, 3)
  assert.deepEqual(await read(folder), numbers(30, 53))
})

test('a tail reaches over rotation, at every length', async (context) => {
  const { folder, log } = setUp(context)
  for (const from of [0, 10]) {
    writeLines(log, from, 10)
    await rotateLog(folder, bounds)
  }
  writeLines(log, 20, 5)
  for (const tail of [0, 1, 4, 5, 6, 14, 15, 16, 24, 25, 26, 1000]) {
    assert.deepEqual(await read(folder, { tail }), numbers(Math.max(0, 25 - tail), 25), `the last ${tail}`)
  }
})

test('a line that is not ended is given only when nobody can end it any more', async (context) => {
  const { folder, log } = setUp(context)
  writeFileSync(log, 'one\ntwo\nthr')
  assert.deepEqual(await read(folder), ['one', 'two', 'thr'])
  assert.deepEqual(await read(folder, { isLive: () => true }), ['one', 'two'])
  assert.deepEqual(await read(folder, { tail: 2 }), ['two', 'thr'])
  assert.deepEqual(await read(folder, { tail: 2, isLive: () => true }), ['one', 'two'])
})

test('a follower misses no line while the log is rotated under it', async (context) => {
  const { folder, log } = setUp(context)
  writeLines(log, 0, 3)
  const stop = new AbortController()
  const seen: string[] = []
  const following = (async () => {
    for await (const line of readLog(folder, { ...reading, follow: true, signal: stop.signal })) {
      seen.push(line.text)
      if (line.text === 'line 299') return
    }
  })()
  let next = 3
  for (const pause of [200, 0, 200, 200, 0, 200]) {
    writeLines(log, next, 9)
    next += 9
    await rotateLog(folder, bounds)
    // It looks each 150 ms: sometimes one rotation has passed, sometimes two.
    await systemClock.sleep(pause)
  }
  writeLines(log, next, 300 - next)
  const late = setTimeout(() => stop.abort(), 60_000)
  await following
  clearTimeout(late)
  assert.deepEqual(seen, numbers(0, 300))
})

test('a character that two pieces share stays whole', async (context) => {
  const { folder, log } = setUp(context)
  const long = 'ü'.repeat(70_000)
  writeFileSync(log, `a${long}\nend\n`)
  assert.deepEqual(await read(folder), [`a${long}`, 'end'])
})

test('last lines are those since the mark, over one rotation', async (context) => {
  const { folder, log } = setUp(context)
  writeLines(log, 0, 5)
  const mark = markLog(folder)
  assert.deepEqual(lastLines(folder, 20, mark), [])
  writeLines(log, 5, 3)
  assert.deepEqual(lastLines(folder, 20, mark), numbers(5, 8))
  assert.deepEqual(lastLines(folder, 2, mark), numbers(6, 8))
  writeLines(log, 8, 10)
  await rotateLog(folder, bounds)
  writeLines(log, 18, 2)
  assert.deepEqual(lastLines(folder, 4, mark), numbers(16, 20))
})

test('last lines carry nothing that steers a terminal', async (context) => {
  const { folder, log } = setUp(context)
  writeFileSync(log, '\x1b[31mERRO\x1b[0m\tno\x07 such\r\n\x1b]0;title\x07file\n')
  assert.deepEqual(lastLines(folder, 20, { rotation: '', offset: 0 }), ['ERRO\tno such', 'file'])
})

test('last lines of a Go program that panicked end with the reason, not with its stack', async (context) => {
  const { folder, log } = setUp(context)
  const stack = Array.from({ length: 30 }, (_, index) => `\tmain.go:${index}`)
  const output = ['starting', 'panic: no such key', '', 'goroutine 1 [running]:', ...stack]
  writeFileSync(log, `${output.join('\n')}\n`)
  assert.deepEqual(lastLines(folder, 20, { rotation: '', offset: 0 }), ['starting', 'panic: no such key'])
})

const nodeBounds = { maxBytes: 20_000, files: 3, everyMs: 50 }

test('a node that writes much is kept within bounds, and a follower gets it all', async (context) => {
  const place = makePlace(context, { logs: nodeBounds })
  // Each time it passes the bound with one write, and rests until its log was moved aside.
  const script = `
    n=0
    lines() { while [ $n -lt $1 ]; do echo "line $n"; n=$((n+1)); done; }
    pass() { text=$(lines $1); n=$1; echo "$text"; while [ $(wc -c <"$CELLO_NODE_FOLDER/log/output.log") -gt 20000 ]; do sleep 0.02; done; }
    lines 1900; pass 2200
    lines 4100; pass 4400
    lines 5000; while :; do echo end; sleep 0.05; done`
  const { seen, log } = await follow(place, script)
  assert.deepEqual(seen, numbers(0, 5000))
  assert.deepEqual(readdirSync(log).sort(), ['output.log', 'output.log.1', 'output.log.2'])
  for (const name of readdirSync(log)) assert.ok(statSync(join(log, name)).size < 30_000, name)
})

test('of a node that never pauses nothing is lost but what it writes between copying and emptying', async (context) => {
  const place = makePlace(context, { logs: nodeBounds })
  const writing = 'while [ $n -lt 4000 ]; do echo "line $n"; n=$((n+1)); [ $((n%100)) = 0 ] && sleep 0.02; done'
  const { seen } = await follow(place, `n=0; ${writing}; while :; do echo end; sleep 0.05; done`)
  const found = seen.map((text) => Number(text.replace('line ', '')))
  const steps = found.slice(1).map((number, at) => number - (found[at] ?? 0))
  assert.ok(
    steps.every((step) => step > 0),
    'no line comes twice, or late',
  )
  // 38,890 bytes pass the bound once: copy-truncate has its price once, however long that moment was.
  assert.ok(steps.filter((step) => step > 1).length <= 1, `lost in several places: ${steps.join(' ')}`)
})

/** What a follower of a shell node gets before the first line `end`. */
async function follow(place: Place, script: string): Promise<{ seen: string[]; log: string }> {
  const spec = await shellNode(place, script)
  await place.driver.ensure(spec, { fence: 1 })
  const seen: string[] = []
  for await (const { text } of place.driver.logs(spec.id, { follow: true, signal: AbortSignal.timeout(60_000) })) {
    if (text === 'end') break
    seen.push(text)
  }
  return { seen, log: join(place.dataDir, 'nodes', spec.id, 'log') }
}

test('nothing is moved while the log is short', async (context) => {
  const { folder, log } = setUp(context)
  writeLines(log, 0, 2)
  await rotateLog(folder, bounds)
  assert.equal(readFileSync(log, 'utf8'), 'line 0\nline 1\n')
})

const reading = { clock: systemClock, isLive: () => false }

function setUp(context: TestContext): { folder: string; log: string } {
  const folder = mkdtempSync(join(tmpdir(), 'cello-log-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'output.log'), '')
  return { folder, log: join(folder, 'output.log') }
}

async function read(folder: string, change: { tail?: number; isLive?: () => boolean } = {}): Promise<string[]> {
  const texts: string[] = []
  for await (const line of readLog(folder, { ...reading, ...change })) texts.push(line.text)
  return texts
}

function writeLines(log: string, from: number, count: number): void {
  appendFileSync(
    log,
    numbers(from, from + count)
      .map((line) => `${line}\n`)
      .join(''),
  )
}

/** `line 3`, `line 4` … without the last. */
function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, n) => `line ${from + n}`)
}
