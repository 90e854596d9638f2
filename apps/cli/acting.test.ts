import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { cello, network, operation, streamOf, stub, stubUrl } from './testing/stub-server.ts'

function folderOf(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'cello-cli-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

test('a reload is shown to scripts as every change is, and one that failed is not said to run', async (t) => {
  const folder = folderOf(t, { 'package.json': '{}' })
  const contract = '/networks/demo/channels/main/contracts/assets'
  const reloads = (state: string) => {
    stub.answers = {
      'POST /packages': { body: { digest: 'ab'.repeat(32) } },
      [`GET ${contract}`]: { body: { spec: { name: 'assets', package: 'cd'.repeat(32) } } },
      [`PUT ${contract}`]: { status: 202, body: operation },
      [`GET /operations/${operation.id}`]: { body: { ...operation, state } },
      [`GET /operations/${operation.id}/events`]: streamOf(),
    }
    return cello(`contract reload assets ${folder} -n demo -c main -o json`)
  }
  const done = await reloads('succeeded')
  assert.deepEqual([done.code, JSON.parse(done.out).state], [0, 'succeeded'])
  assert.match(done.err, /assets runs the new code/)
  const failed = await reloads('failed')
  assert.deepEqual([failed.code, JSON.parse(failed.out).state], [1, 'failed'])
  assert.doesNotMatch(failed.err, /runs the new code/)
})

test('a reload of code that runs already says so, whether it was deployed or reloaded', async (t) => {
  const folder = folderOf(t, { 'package.json': '{}' })
  const contract = '/networks/demo/channels/main/contracts/assets'
  const [digest, other] = ['ab'.repeat(32), 'cd'.repeat(32)]
  for (const spec of [{ package: digest }, { package: other, code: digest }]) {
    stub.answers = {
      'POST /packages': { body: { digest } },
      [`GET ${contract}`]: { body: { spec: { name: 'assets', ...spec } } },
      [`PUT ${contract}`]: { status: 202, body: operation },
      [`GET /operations/${operation.id}`]: { body: { ...operation, state: 'succeeded' } },
      [`GET /operations/${operation.id}/events`]: streamOf(),
    }
    const { code, err } = await cello(`contract reload assets ${folder} -n demo -c main`)
    assert.equal(code, 0)
    assert.match(err, /assets runs this code already\n/)
    assert.doesNotMatch(err, /new code/)
  }
})

test('down is about this machine, whatever server CELLO_URL names, and tells scripts what it stopped', async (t) => {
  const server = spawn('sleep', ['600'], { stdio: 'ignore' })
  t.after(() => server.kill('SIGKILL'))
  const folder = folderOf(t, {
    'cello.db': '',
    token: 'token',
    'server.json': JSON.stringify({ url: stubUrl(), pid: server.pid }),
  })
  const ended = { ...operation, kind: 'stop-network', state: 'succeeded' }
  stub.answers = {
    'GET /livez': { body: { ok: true } },
    'GET /networks': { body: { items: [network, { ...network, name: 'idle', power: 'stopped' }] } },
    'POST /networks/demo/stop': { status: 202, body: { ...operation, kind: 'stop-network' } },
    [`GET /operations/${operation.id}`]: { body: ended },
    [`GET /operations/${operation.id}/events`]: streamOf(),
  }
  const { code, out, err } = await cello('down -o name', {
    CELLO_DATA: folder,
    CELLO_URL: 'http://127.0.0.1:1',
    CELLO_TOKEN: 'of another server',
  })
  assert.deepEqual([code, out], [0, 'demo\n'], err)
  assert.match(err, /1 network stopped\nserver stopped\n/)
  // Its end is seen in /proc before this process is told of it.
  if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
  assert.deepEqual(readdirSync(folder).sort(), ['cello.db', 'server.json', 'token'])
  const nothing = await cello('down -o json', { CELLO_DATA: join(folder, 'missing') })
  assert.deepEqual([nothing.code, JSON.parse(nothing.out)], [0, []])
})
