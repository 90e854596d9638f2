import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PlatformError } from '@cello/model'
import type { NodeSpec } from '@cello/ports'
import { idle, makePlace, type Place, shellNode } from './testing/shell-node.ts'
import { takePort } from './testing/world.ts'

test('a port that another program listens on is named, and nothing is left of the attempt', async (context) => {
  const place = makePlace(context)
  const port = await takePort(place.driver)
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const spec = await shellNode(place, idle, { ports: { service: port } })
  await assert.rejects(place.driver.ensure(spec, { fence: 1 }), {
    code: 'PORT_TAKEN',
    message: `Port ${port} of node Org1/peer0 is taken by another program.`,
  })
  assert.deepEqual(await place.driver.observe(), [])
  server.close()
  await once(server, 'close')
  assert.equal((await place.driver.ensure(spec, { fence: 1 })).state, 'running', 'a retry works once the port is free')
})

test('a port that is taken between our look and the start is recognised in what the node says', async (context) => {
  const place = makePlace(context, { settleMs: 60_000 })
  const port = await takePort(place.driver)
  const said = `panic: listen tcp 127.0.0.1:${port}: bind: address already in use`
  const spec = await shellNode(place, `echo '${said}'; exit 2`, { ports: { service: port } })
  const error = await failure(place.driver.ensure(spec, { fence: 1 }))
  assert.deepEqual([error.code, error.facts.port, error.facts.lastLines], ['PORT_TAKEN', port, [said]])
})

test('a node that dies at once fails with its exit and its last lines, of this run alone', async (context) => {
  const place = makePlace(context, { settleMs: 60_000 })
  const spec = await shellNode(place, 'echo one; echo two >&2; exit 7')
  for (const attempt of [1, 2]) {
    const error = await failure(place.driver.ensure(spec, { fence: 1 }))
    assert.equal(error.code, 'NODE_EXITED', `attempt ${attempt}`)
    assert.equal(error.message, 'Node Org1/peer0 ended by itself: exit code 7, after it printed «two».')
    assert.deepEqual(error.facts.lastLines, ['one', 'two'], `attempt ${attempt}`)
  }
})

test('a full disk is named, and a retry works once there is room', async (context) => {
  const small = mkdtempSync(join(tmpdir(), 'cello-small-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', small], { stdio: 'ignore' })
  } catch {
    rmdirSync(small)
    return context.skip('a small file system cannot be mounted here (that needs root and CAP_SYS_ADMIN)')
  }
  const full = makePlace(context, { dataDir: small })
  context.after(() => {
    execFileSync('umount', [small])
    rmdirSync(small)
  })
  const spec = await shellNode(full, idle, { files: [{ path: 'big', content: 'x'.repeat(200_000) }] })
  writeFileSync(join(small, 'ballast'), Buffer.alloc(200_000))
  const error = await failure(full.driver.ensure(spec, { fence: 1 }))
  assert.equal(error.message, 'The disk of host local is full; node Org1/peer0 cannot be written.')
  writeFileSync(join(full.folder, 'large'), Buffer.alloc(400_000))
  const source = { kind: 'file', path: join(full.folder, 'large') } as const
  assert.equal((await failure(full.driver.addProgram(source))).code, 'DISK_FULL')
  assert.deepEqual(
    readdirSync(join(small, 'programs')).filter((name) => name.startsWith('.')),
    [],
    'no half copy is left',
  )
  rmSync(join(small, 'ballast'))
  assert.equal((await full.driver.ensure(spec, { fence: 1 })).state, 'running')
  await full.driver.remove(spec.id, { fence: 1 })
})

test('a program that is missing where it should be copied from is named', async (context) => {
  const place = makePlace(context)
  const path = join(place.folder, 'peer')
  const error = await failure(place.driver.addProgram({ kind: 'file', path }))
  assert.deepEqual([error.code, error.facts.program], ['PROGRAM_MISSING', path])
})

test('a copy that is gone or was changed is noticed before the start, and adding the program mends it', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  const path = join(place.folder, readdirSync(place.folder).find((name) => name.startsWith('script')) ?? '')
  const copy = copyOf(place, spec)
  await place.driver.ensure(spec, { fence: 1 })
  await place.driver.stop(spec.id, { fence: 1 })
  chmodSync(copy, 0o755)
  writeFileSync(copy, '#!/bin/sh\necho evil\n')
  assert.equal((await failure(place.driver.start(spec.id, { fence: 1 }))).code, 'PROGRAM_CHANGED')
  assert.equal((await failure(place.reopen().ensure(spec, { fence: 1 }))).code, 'PROGRAM_CHANGED')
  rmSync(copy)
  assert.equal((await failure(place.driver.start(spec.id, { fence: 1 }))).code, 'PROGRAM_MISSING')
  await place.driver.addProgram({ kind: 'file', path })
  assert.equal((await place.driver.start(spec.id, { fence: 1 })).state, 'running')
})

test('a changed program does not stop the node that runs from it', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  const { pid } = await place.driver.ensure(spec, { fence: 1 })
  rmSync(copyOf(place, spec))
  const error = await failure(place.driver.ensure({ ...spec, incarnation: 2 }, { fence: 1 }))
  assert.equal(error.code, 'PROGRAM_MISSING')
  const [seen] = await place.driver.observe()
  assert.deepEqual([seen?.state, seen?.pid], ['running', pid])
})

test('a program for another machine is refused in words', async (context) => {
  const place = makePlace(context)
  const other = process.arch === 'x64' ? { machine: 183, name: 'arm64' } : { machine: 62, name: 'amd64' }
  const head = Buffer.from(readFileSync(process.execPath).subarray(0, 4096))
  head.writeUInt16LE(other.machine, 18)
  const path = join(place.folder, 'peer')
  writeFileSync(path, head, { mode: 0o755 })
  const error = await failure(place.driver.addProgram({ kind: 'file', path }))
  assert.equal(error.code, 'PROGRAM_UNSUITABLE')
  assert.match(error.message, new RegExp(`made for ${other.name}`))
})

test('a program that is none is refused when it is to be started', async (context) => {
  const place = makePlace(context)
  const path = join(place.folder, 'notes.txt')
  writeFileSync(path, 'not a program\n')
  const notes = await place.driver.addProgram({ kind: 'file', path })
  const spec = await shellNode(place, idle, { programs: { notes }, command: 'notes' })
  assert.equal((await failure(place.driver.ensure(spec, { fence: 1 }))).code, 'PROGRAM_UNSUITABLE')
})

for (const path of ['../x', '/etc/x', 'a/../../x', 'a//b', '.', '', 'a\0b']) {
  test(`a file at ${JSON.stringify(path)} is refused before anything is written`, async (context) => {
    const place = makePlace(context)
    const spec = await shellNode(place, idle, { files: [{ path, content: 'x' }] })
    assert.equal((await failure(place.driver.ensure(spec, { fence: 1 }))).code, 'INVALID_REQUEST')
    assert.equal(existsSync(join(place.dataDir, 'nodes', spec.id)), false)
  })
}

for (const id of ['../programs', '.', 'a/b', '']) {
  test(`a node id ${JSON.stringify(id)} is refused by every command`, async (context) => {
    const place = makePlace(context)
    const spec = await shellNode(place, idle, { id })
    for (const command of [
      place.driver.ensure(spec, { fence: 1 }),
      place.driver.stop(id, { fence: 1 }),
      place.driver.start(id, { fence: 1 }),
      place.driver.remove(id, { fence: 1 }),
      place.driver.stats(id),
    ]) {
      assert.equal((await failure(command)).code, 'INVALID_REQUEST')
    }
  })
}

async function failure(work: Promise<unknown>): Promise<PlatformError> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof PlatformError, String(error))
  return error
}

function copyOf(place: Place, spec: NodeSpec): string {
  const ref = spec.programs[spec.command]
  return join(place.dataDir, 'programs', ref?.digest ?? '', ref?.entry ?? '')
}
