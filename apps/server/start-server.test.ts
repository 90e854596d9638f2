import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { poll } from '@cello/kit'
import { pino } from 'pino'
import { readConfig } from './config.ts'
import { jsonReport } from './demo/json-report.ts'
import { answers, readAnnounced } from './running-server.ts'
import { startServer } from './start-server.ts'

/** Milliseconds; a machine that is busy with other tests takes its time. */
const patienceMs = 60_000

interface Told {
  readonly event: string
  readonly url?: string
}

async function dataFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cello-start-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const environment = (folder: string) => ({
  CELLO_DATA: folder,
  CELLO_CACHE: join(folder, 'cache'),
  CELLO_PORT: String(20_000 + Math.floor(Math.random() * 10_000)),
})

/** A server in this process, with what it tells. */
function start(folder: string) {
  const told: Told[] = []
  const stop = new AbortController()
  const ended = startServer(readConfig(environment(folder), []), {
    report: jsonReport((line) => told.push(JSON.parse(line)), Date.now()),
    log: pino({ level: 'silent' }),
    signal: stop.signal,
  })
  return {
    ended,
    /** The first thing that it says. */
    says: () => poll(async () => told[0], { timeoutMs: patienceMs }),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended
    },
  }
}

test('of two servers that start over one data directory at once, one serves and the other says where', async (t) => {
  const folder = await dataFolder(t)
  await using one = start(folder)
  await using other = start(folder)
  const said = await Promise.all([one.says(), other.says()])
  assert.deepEqual(said.map((first) => first?.event).sort(), ['running', 'serving'])
  assert.equal(said[0]?.url, said[1]?.url)
})

test('what a killed server left is not believed, though somebody else answers there now', async (t) => {
  const folder = await dataFolder(t)
  const stranger = createServer((_request, response) => response.end('{"ok":true}')).listen(0, '127.0.0.1')
  t.after(() => stranger.close())
  await once(stranger, 'listening')
  const address = stranger.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  // A process of this id lives, and is no server either.
  await writeFile(join(folder, 'server.json'), JSON.stringify({ url, pid: process.pid, startedAt: 1 }))
  await using server = start(folder)
  const first = await server.says()
  assert.equal(first?.event, 'serving')
  assert.notEqual(first.url, url)
})

test('a server goes on, and ends in order, when nobody reads any more what it prints', async (t) => {
  const folder = await dataFolder(t)
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--json'], {
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { event, url }: Told = JSON.parse(String(line))
  assert.equal(event, 'serving')
  child.stdout.destroy()
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null], errors)
  assert.equal(errors, '')
  await assert.rejects(fetch(`${url}/livez`))
})

test('a server serves although what it prints has nowhere to go', async (t) => {
  const folder = await dataFolder(t)
  await using full = await open('/dev/full', 'w')
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: environment(folder),
    stdio: ['ignore', full.fd, full.fd],
  })
  t.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const announced = await poll(
    async () => (child.exitCode === null ? readAnnounced(join(folder, 'server.json')) : false),
    {
      timeoutMs: patienceMs,
    },
  )
  assert.ok(announced && (await answers(announced)))
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})
