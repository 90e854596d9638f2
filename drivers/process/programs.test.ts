import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sha256Hex } from '@cello/kit'
import { judgeExecutable } from './executable.ts'
import { hostArch } from './host-facts.ts'
import { Programs } from './programs.ts'

// Another mask leaves other modes to those who may not enter the folder above anyway.
process.umask(0o022)

test('a file is kept under its own digest, whole, and cannot be written', async (context) => {
  const { programs, folder } = setUp(context)
  const path = join(folder, 'tool')
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o700 })
  const ref = await programs.add({ kind: 'file', path })
  assert.deepEqual(ref, { digest: sha256Hex('#!/bin/sh\n'), entry: 'tool' })
  const kept = programs.locate(ref).path
  assert.equal(readFileSync(kept, 'utf8'), '#!/bin/sh\n')
  assert.equal(lstatSync(kept).mode & 0o777, 0o555)
  writeFileSync(path, '#!/bin/sh\necho changed\n')
  assert.equal(readFileSync(kept, 'utf8'), '#!/bin/sh\n', 'a change of the source is no change of the copy')
  assert.notEqual((await programs.add({ kind: 'file', path })).digest, ref.digest)
})

test('the same bytes under two names are one copy with two names', async (context) => {
  const { programs, folder, kept } = setUp(context)
  const names = ['one', 'two', 'three', 'four']
  for (const name of names) writeFileSync(join(folder, name), 'same')
  const refs = await Promise.all(names.map((name) => programs.add({ kind: 'file', path: join(folder, name) })))
  for (const ref of refs) await programs.check(ref.entry, ref, { host: 'local', node: 'a/b' })
  assert.deepEqual(readdirSync(kept), [sha256Hex('same')])
})

test('a folder is kept with its modes and inner links, and its digest is that of the sorted listing', async (context) => {
  const { programs, folder } = setUp(context)
  const source = makeFolder(folder, 'contract')
  const ref = await programs.add({ kind: 'folder', path: source, entry: 'dist/index.js' })
  const listing = [
    `- dist/index.js\0${sha256Hex('code')}\n`,
    `l node_modules/.bin/tool\0${sha256Hex('../tool/cli.js')}\n`,
    `x node_modules/tool/cli.js\0${sha256Hex('#!/usr/bin/env node')}\n`,
  ]
  assert.equal(ref.digest, sha256Hex(listing.join('')))
  const { folder: kept } = programs.locate(ref)
  assert.equal(readFileSync(join(kept, 'node_modules/.bin/tool'), 'utf8'), '#!/usr/bin/env node')
  assert.equal(lstatSync(join(kept, 'node_modules/tool/cli.js')).mode & 0o777, 0o555)
  const elsewhere = makeFolder(folder, 'copy')
  assert.deepEqual(await programs.add({ kind: 'folder', path: elsewhere, entry: 'dist/index.js' }), ref)
})

for (const [what, plant] of Object.entries({
  'a link to a file outside': (top: string) => symlinkSync('/etc/hostname', join(top, 'link')),
  'a relative link that leaves': (top: string) => symlinkSync('../secret', join(top, 'link')),
  'a link that leads nowhere': (top: string) => symlinkSync('missing', join(top, 'link')),
  'a link to a folder outside by way of an inner one': (top: string) => {
    symlinkSync('dist', join(top, 'inner'))
    symlinkSync('inner/../../secret', join(top, 'link'))
  },
})) {
  test(`a folder with ${what} is refused, and nothing of it is kept`, async (context) => {
    const { programs, folder, kept } = setUp(context)
    writeFileSync(join(folder, 'secret'), 'secret')
    const source = makeFolder(folder, 'contract')
    plant(source)
    await assert.rejects(programs.add({ kind: 'folder', path: source, entry: 'dist/index.js' }), {
      code: 'PROGRAM_UNSUITABLE',
    })
    assert.deepEqual(readdirSync(kept), [])
  })
}

test('a folder that is given is taken instead of copied, and kept as a copy of it would be', async (context) => {
  const { programs, folder, kept } = setUp(context)
  const copied = await programs.add({ kind: 'folder', path: makeFolder(folder, 'contract'), entry: 'dist/index.js' })
  const { folder: copy } = programs.locate(copied)
  const listed = () =>
    readdirSync(copy, { recursive: true, encoding: 'utf8' }).map(
      (path) => `${lstatSync(join(copy, path)).mode} ${path}`,
    )
  const before = [lstatSync(copy).mode, ...listed()]
  await programs.collect(new Set())
  const source = makeFolder(folder, 'given')
  assert.deepEqual(await programs.add({ kind: 'folder', path: source, entry: 'dist/index.js', given: true }), copied)
  assert.equal(existsSync(source), false)
  assert.deepEqual([lstatSync(copy).mode, ...listed()].toSorted(), before.toSorted())
  const again = makeFolder(folder, 'given')
  const inode = lstatSync(copy).ino
  assert.deepEqual(await programs.add({ kind: 'folder', path: again, entry: 'dist/index.js', given: true }), copied)
  assert.equal(existsSync(again), false)
  assert.equal(lstatSync(copy).ino, inode, 'the copy that is there stays')
  assert.deepEqual(readdirSync(kept), [copied.digest])
})

test('any change in a kept folder is noticed, a new file too', async (context) => {
  const { programs, folder, reopen } = setUp(context)
  const source = { kind: 'folder', path: makeFolder(folder, 'contract'), entry: 'dist/index.js' } as const
  const ref = await programs.add(source)
  const about = { host: 'local', node: 'a/b' }
  await reopen().check('contract', ref, about)
  writeFileSync(join(programs.locate(ref).folder, 'extra.js'), 'evil')
  for (const one of [programs, reopen()]) {
    await assert.rejects(one.check('contract', ref, about), { code: 'PROGRAM_CHANGED' })
  }
  await programs.add(source)
  await programs.check('contract', ref, about)
})

test('a thousand files are copied, all of them', async (context) => {
  const { programs, folder } = setUp(context)
  const source = join(folder, 'many')
  for (let n = 0; n < 1000; n += 1) {
    mkdirSync(join(source, `package-${n % 50}`), { recursive: true })
    writeFileSync(join(source, `package-${n % 50}`, `file-${n}.js`), `module.exports = ${n}\n`)
  }
  const ref = await programs.add({ kind: 'folder', path: source, entry: 'package-0/file-0.js' })
  const copied = readdirSync(programs.locate(ref).folder, { recursive: true, encoding: 'utf8' })
  assert.equal(copied.filter((path) => path.endsWith('.js')).length, 1000)
})

test('copies that nobody needs are collected, and what interrupted copying left', async (context) => {
  const { programs, folder, kept } = setUp(context)
  for (const name of ['one', 'two']) writeFileSync(join(folder, name), name)
  const [one, two] = await Promise.all(
    ['one', 'two'].map((name) => programs.add({ kind: 'file', path: join(folder, name) })),
  )
  mkdirSync(join(kept, '.new-left'))
  await programs.collect(new Set([one?.digest ?? '']))
  assert.deepEqual(readdirSync(kept), [one?.digest])
  await assert.rejects(programs.check('two', two ?? { digest: '', entry: '' }, { host: 'local', node: 'a/b' }), {
    code: 'PROGRAM_MISSING',
  })
})

test('what this machine can start is told from what it cannot', (context) => {
  const { folder } = setUp(context)
  const judge = (content: string | Buffer) => {
    const path = join(folder, 'judged')
    rmSync(path, { force: true })
    writeFileSync(path, content)
    chmodSync(path, 0o755)
    return judgeExecutable(path, hostArch())
  }
  const own = readFileSync(process.execPath).subarray(0, 8192)
  assert.equal(judge(own).kind, 'fits')
  assert.equal(judge('#!/bin/sh\n').kind, 'fits')
  assert.equal(judge('#!/usr/bin/env sh\n').kind, 'fits')
  assert.match(judge('#!/no/such/shell\n').why, /interpreter \/no\/such\/shell/)
  assert.match(judge('#!/usr/bin/env no-such-shell\n').why, /interpreter no-such-shell/)
  assert.match(judge(own.subarray(0, 20)).why, /cut short/)
  assert.match(judge(Buffer.from('cffaedfe07000001', 'hex')).why, /macOS/)
  assert.match(judge('MZ\x90').why, /Windows/)
  assert.equal(judge('text').kind, 'data')
  assert.equal(judge('').kind, 'data')
  const musl = Buffer.from(own)
  const at = musl.indexOf('/lib64/ld-linux')
  if (at > 0) {
    musl.write('/lib/ld-muslxx', at)
    assert.match(judge(musl).why, /another C library/)
  }
})

function setUp(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'cello-programs-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const kept = join(folder, 'kept')
  const reopen = () => new Programs({ folder: kept, host: 'local', arch: hostArch() })
  return { folder, kept, reopen, programs: reopen() }
}

function makeFolder(parent: string, name: string): string {
  const top = join(parent, name)
  for (const folder of ['dist', 'node_modules/.bin', 'node_modules/tool'])
    mkdirSync(join(top, folder), { recursive: true })
  writeFileSync(join(top, 'dist/index.js'), 'code')
  writeFileSync(join(top, 'node_modules/tool/cli.js'), '#!/usr/bin/env node', { mode: 0o755 })
  symlinkSync('../tool/cli.js', join(top, 'node_modules/.bin/tool'))
  return top
}
