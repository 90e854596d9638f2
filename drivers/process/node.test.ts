import assert from 'node:assert/strict'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Clock, poll, Secret, systemClock } from '@cello/kit'
import type { NodeSpec } from '@cello/ports'
import { readStat, readTree } from './processes.ts'
import { idle, makePlace, output, shellNode } from './testing/shell-node.ts'
import { takePort } from './testing/world.ts'

test('a node finds its places and ports where the placeholders were, and other braces are left alone', async (context) => {
  const place = makePlace(context)
  const port = await takePort(place.driver)
  const text = '{data} {files} {program:script} {folder:script} {port:service} {x} {"a":1} {{.Values}}'
  const spec = await shellNode(place, `echo "$1"; echo "$TEXT"; cat "$2"; pwd; ${idle}`, {
    args: [text, '{files}/conf/text'],
    env: { TEXT: text },
    files: [{ path: 'conf/text', content: `${text}\n` }],
    secretFiles: [{ path: 'conf/secret', content: new Secret('{data}') }],
    ports: { service: port },
  })
  await place.driver.ensure(spec, { fence: 1 })
  const root = join(place.dataDir, 'nodes', spec.id)
  const ref = spec.programs.script
  const folder = join(place.dataDir, 'programs', ref?.digest ?? '')
  const filled = `${root}/data ${root}/files ${folder}/${ref?.entry} ${folder} ${port} {x} {"a":1} {{.Values}}`
  assert.deepEqual(await output(place, spec.id, 4), [filled, filled, filled, `${root}/data`])
  assert.equal(readFileSync(join(root, 'files/conf/secret'), 'utf8'), '{data}', 'a secret is not interpreted')
})

test('a placeholder for what the node does not have is refused', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle, { args: ['{port:admin}'] })
  await assert.rejects(place.driver.ensure(spec, { fence: 1 }), {
    code: 'INVALID_REQUEST',
    facts: { detail: '{port:admin} names no port of the node' },
  })
})

test('arguments and variables reach the node as they are, whatever a shell would make of them', async (context) => {
  const place = makePlace(context)
  const odd = `a b'c"d $HOME \`id\` $(id) ; rm -rf x\n* \\ ü`
  const spec = await shellNode(place, `printf '%s|%s|%s\\n' "$1" "$2" "$ODD"; ${idle}`, {
    args: [odd, ''],
    env: { ODD: odd },
  })
  await place.driver.ensure(spec, { fence: 1 })
  assert.equal((await output(place, spec.id, 2)).join('\n'), `${odd}||${odd}`)
})

test('a node sees nothing of our environment, and carries our mark', async (context) => {
  const place = makePlace(context)
  process.env.CELLO_TEST_SECRET = 'do not leak'
  const spec = await shellNode(place, `env | cut -d= -f1 | sort; echo end; ${idle}`, { env: { MINE: '1' } })
  await place.driver.ensure(spec, { fence: 1 })
  delete process.env.CELLO_TEST_SECRET
  const names = (await output(place, spec.id, 8)).filter(
    (name) => !['PWD', 'OLDPWD', 'SHLVL', '_', 'end'].includes(name),
  )
  const marks = ['CELLO_NODE', 'CELLO_NODE_FOLDER', 'CELLO_NODE_RUN']
  assert.deepEqual(names, [...marks, 'HOME', 'MINE', 'PATH', 'TMPDIR'])
})

test('folders are closed to others, and so is every file', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, `echo x > made; echo done; ${idle}`, {
    files: [
      { path: 'bin/build', content: '#!/bin/sh\n', executable: true },
      { path: 'core.yaml', content: 'a: 1' },
    ],
    secretFiles: [{ path: 'msp/keystore/key.pem', content: new Secret('key') }],
  })
  await place.driver.ensure(spec, { fence: 1 })
  await output(place, spec.id, 1)
  const root = join(place.dataDir, 'nodes', spec.id)
  const modes = Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => [path, mode(join(root, path))]),
  )
  for (const path of ['data', 'files', 'log', 'files/msp', 'files/msp/keystore', 'files/bin', 'tmp']) {
    assert.equal(modes[path], '700', path)
  }
  assert.equal(modes['files/bin/build'], '700')
  for (const path of ['files/core.yaml', 'files/msp/keystore/key.pem', 'node.json', 'log/output.log', 'data/made']) {
    assert.equal(modes[path], '600', path)
  }
  assert.equal(mode(root), '700')
  assert.equal(mode(join(place.dataDir, 'nodes')), '700')
  assert.ok(!readFileSync(join(root, 'node.json'), 'utf8').includes('"key"'), 'secrets are in no record')
})

test('files of the last specification are gone, and links that a node planted are not followed', async (context) => {
  const place = makePlace(context)
  const victim = join(place.folder, 'victim')
  mkdirSync(victim)
  writeFileSync(join(victim, 'key'), 'untouched')
  const spec = await shellNode(place, idle, { files: [{ path: 'old/file', content: 'old' }] })
  await place.driver.ensure(spec, { fence: 1 })
  const files = join(place.dataDir, 'nodes', spec.id, 'files')
  symlinkSync(victim, join(files, 'msp'))
  symlinkSync(join(victim, 'key'), join(files, 'plain'))
  const changed: NodeSpec = {
    ...spec,
    files: [{ path: 'plain', content: 'new' }],
    secretFiles: [{ path: 'msp/key', content: new Secret('secret') }],
  }
  await place.driver.ensure(changed, { fence: 1 })
  assert.deepEqual(readdirSync(victim), ['key'])
  assert.equal(readFileSync(join(victim, 'key'), 'utf8'), 'untouched')
  assert.deepEqual(readdirSync(files).sort(), ['msp', 'plain'])
  assert.ok(lstatSync(join(files, 'msp')).isDirectory())
  assert.equal(readFileSync(join(files, 'msp/key'), 'utf8'), 'secret')
})

test('half-made folders are swept before a start, whole ones stay, and data outside is safe', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle, { sweep: [{ folder: 'builds', unlessHolds: 'bld/whole' }] })
  await place.driver.ensure(spec, { fence: 1 })
  await place.driver.stop(spec.id, { fence: 1 })
  const data = join(place.dataDir, 'nodes', spec.id, 'data')
  mkdirSync(join(data, 'builds/good/bld'), { recursive: true })
  writeFileSync(join(data, 'builds/good/bld/whole'), '')
  mkdirSync(join(data, 'builds/bad/bld'), { recursive: true })
  mkdirSync(join(data, 'other'))
  symlinkSync(join(data, 'other'), join(data, 'builds/link'))
  await place.driver.start(spec.id, { fence: 1 })
  assert.deepEqual(readdirSync(join(data, 'builds')).sort(), ['good', 'link'])
  assert.ok(existsSync(join(data, 'other')))
})

test('data stays over a change of the specification', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, `echo $$ >> runs; echo done; ${idle}`)
  await place.driver.ensure(spec, { fence: 1 })
  await output(place, spec.id, 1)
  await place.driver.ensure({ ...spec, env: { A: '1' } }, { fence: 1 })
  await output(place, spec.id, 2)
  assert.equal(
    readFileSync(join(place.dataDir, 'nodes', spec.id, 'data/runs'), 'utf8')
      .trim()
      .split('\n').length,
    2,
  )
})

test('what a node started ends with it, whether it is stopped, killed or ends by itself', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, `sleep 1000 & echo $!; ${idle}`)
  for (const [runs, end] of (['stop', 'kill', 'remove'] as const).entries()) {
    const { pid = 0 } = await place.driver.ensure(spec, { fence: 1 })
    await output(place, spec.id, runs + 1)
    const tree = readTree(pid)
    assert.ok(tree.length >= 2, `${end}: the node has children`)
    if (end === 'kill') process.kill(pid, 'SIGKILL')
    else await place.driver[end](spec.id, { fence: 1 })
    const gone = await poll(async () => (tree.every((one) => readStat(one.pid)?.ended ?? true) ? true : undefined), {
      timeoutMs: 60_000,
    })
    assert.ok(gone, `${end}: children are gone`)
  }
})

test('a removed node leaves nothing', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, idle)
  await place.driver.ensure(spec, { fence: 1 })
  await place.driver.remove(spec.id, { fence: 1 })
  assert.deepEqual(
    readdirSync(join(place.dataDir, 'nodes')).filter((name) => name !== '.launcher'),
    [],
  )
})

test('the limit of open files holds for the node', async (context) => {
  const place = makePlace(context)
  const spec = await shellNode(place, `ulimit -n; ${idle}`, { limits: { openFiles: 321 } })
  await place.driver.ensure(spec, { fence: 1 })
  assert.deepEqual(await output(place, spec.id, 1), ['321'])
})

test('seven nodes are started side by side', async (context) => {
  // Whoever is looked on first waits for a second one; where there is none, the looking on has an end too.
  const together = Promise.withResolvers<boolean>()
  let waiting = 0
  const sleep: Clock['sleep'] = async (ms, options) => {
    waiting += 1
    if (waiting > 1) together.resolve(true)
    setTimeout(() => together.resolve(false), 30_000).unref()
    await together.promise
    await systemClock.sleep(ms, options).finally(() => (waiting -= 1))
  }
  const clock: Clock = { now: () => systemClock.now(), monotonic: () => systemClock.monotonic(), sleep }
  const place = makePlace(context, { settleMs: 400, clock })
  const specs = await Promise.all(Array.from({ length: 7 }, () => shellNode(place, idle)))
  await Promise.all(specs.map((spec) => place.driver.ensure(spec, { fence: 1 })))
  assert.ok(await together.promise, 'one node was looked on after the other')
})

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}
