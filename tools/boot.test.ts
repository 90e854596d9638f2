import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
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
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'

const runtime = `node-${process.platform}-${process.arch}`

/** A project as npm leaves it, whose server is this program. */
const server = `
if (process.argv.includes('--wait')) {
  process.on('SIGTERM', () => { console.log('told to end'); clearInterval(timer) })
  const timer = setInterval(() => {}, 1000)
}
console.log(JSON.stringify({ version: process.version, args: process.argv.slice(2).filter((arg) => !arg.startsWith('--installed-at=')), cache: process.env.NODE_COMPILE_CACHE }))
process.exitCode = 7
`

describe('the program that starts every script', () => {
  let folder = ''
  const write = (path: string, value: unknown): void => {
    writeFileSync(join(folder, path), typeof value === 'string' ? value : JSON.stringify(value))
  }
  const lock = (version: string) => ({
    packages: {
      '': { name: 'sample' },
      'node_modules/dep': { version, integrity: 'sha512-a' },
      'node_modules/other-system': { version: '1.0.0', optional: true },
    },
  })

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'boot-'))
    for (const path of ['tools', 'apps/server', `node_modules/${runtime}/bin`]) {
      mkdirSync(join(folder, path), { recursive: true })
    }
    copyFileSync(join(import.meta.dirname, 'boot.mjs'), join(folder, 'tools/boot.mjs'))
    symlinkSync(process.execPath, join(folder, 'node_modules', runtime, 'bin/node'))
    write('package.json', { name: 'sample', type: 'module', optionalDependencies: { [runtime]: '24.0.0' } })
    write('package-lock.json', lock('1.0.0'))
    write('node_modules/.package-lock.json', lock('1.0.0'))
    write('apps/server/main.ts', `${server}\nexport type Erased = string`)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const env = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
    PATH: process.env.PATH,
    CELLO_CACHE: join(folder, 'cache'),
    ...more,
  })
  const boot = (args: readonly string[], more?: Record<string, string>) =>
    spawnSync(process.execPath, [join(folder, 'tools/boot.mjs'), ...args], { env: env(more), encoding: 'utf8' })

  test('becomes the wanted program, with its arguments, its exit code and a clean stdout', () => {
    const ran = boot(['start', '--', 'x'])
    assert.deepEqual(JSON.parse(ran.stdout), {
      version: process.version,
      args: ['--demo', '--', 'x'],
      cache: join(folder, 'cache', 'compile'),
    })
    assert.equal(ran.status, 7)
    assert.equal(ran.stderr, '')
  })

  test("takes npm's --json for the server's", () => {
    assert.deepEqual(JSON.parse(boot(['start'], { npm_config_json: 'true' }).stdout).args, ['--demo', '--json'])
  })

  test('hands signals on', async () => {
    const child = spawn(process.execPath, [join(folder, 'tools/boot.mjs'), 'start', '--wait'], { env: env() })
    await once(child.stdout, 'readable')
    child.kill('SIGTERM')
    const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    assert.match(printed, /told to end/)
    assert.equal(code, 7)
  })

  test('under a Node that cannot be replaced it starts a child, signals and exit code alike', async () => {
    const older = `delete process.execve; await import('./tools/boot.mjs')`
    write('older.mjs', older)
    const child = spawn(process.execPath, [join(folder, 'older.mjs'), 'start', '--wait'], { env: env(), cwd: folder })
    await once(child.stdout, 'readable')
    child.kill('SIGTERM')
    const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    assert.match(printed, /told to end/)
    assert.equal(code, 7)
  })

  test('installs where a package differs from the lockfile, and says in a sentence that there is no network', () => {
    write('package-lock.json', lock('2.0.0'))
    const npm = join(folder, 'npm-cli.js')
    writeFileSync(npm, `console.error('npm error code ENOTFOUND'); process.exitCode = 1`)
    const ran = boot(['start'], { npm_execpath: npm })
    write('package-lock.json', lock('1.0.0'))
    assert.equal(ran.status, 1)
    assert.equal(ran.stdout, '')
    assert.match(ran.stderr, /installing packages \(1 of 3 differ from package-lock.json, dep first\)/)
    assert.match(ran.stderr, /cello: the package registry cannot be reached \(ENOTFOUND\)/)
  })

  test('two that start at once install once: the second waits and finds it done', async () => {
    write('package-lock.json', lock('3.0.0'))
    const log = join(folder, 'installed.log')
    const npm = join(folder, 'slow-npm-cli.js')
    const done = JSON.stringify(JSON.stringify(lock('3.0.0')))
    const target = JSON.stringify(join(folder, 'node_modules/.package-lock.json'))
    const go = join(folder, 'go')
    // It installs until the two others are there; where they never come, it has an end too.
    writeFileSync(
      npm,
      `import * as fs from 'node:fs'
fs.appendFileSync(${JSON.stringify(log)}, 'once\\n')
const end = performance.now() + 60_000
const timer = setInterval(() => {
  if (!fs.existsSync(${JSON.stringify(go)}) && performance.now() < end) return
  clearInterval(timer)
  fs.writeFileSync(${target}, ${done})
}, 20)`,
    )
    // Of a process that was killed while it installed; its pid is another's by now.
    write('.installing', `${process.pid} 1`)
    const waits = 'another start is installing'
    const waiting = new Set<object>()
    const started = [1, 2, 3].map(() =>
      spawn(process.execPath, [join(folder, 'tools/boot.mjs'), 'start'], { env: env({ npm_execpath: npm }) }),
    )
    const ends = await Promise.all(
      started.map(async (child) => {
        let said = ''
        child.stderr.on('data', (more) => {
          said += String(more)
          if (said.includes(waits)) waiting.add(child)
          if (waiting.size === 2) writeFileSync(go, '')
        })
        const [code] = await once(child, 'close')
        return { said, code }
      }),
    )
    assert.deepEqual(
      ends.map(({ code }) => code),
      [7, 7, 7],
      JSON.stringify(ends),
    )
    assert.equal(readFileSync(log, 'utf8'), 'once\n')
    assert.equal(ends.filter(({ said }) => said.includes(waits)).length, 2)
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('.installing')),
      [],
    )
    write('package-lock.json', lock('1.0.0'))
    write('node_modules/.package-lock.json', lock('1.0.0'))
  })

  test('refuses what it does not know, and a system that has no runtime', () => {
    assert.match(boot(['nonsense']).stderr, /^cello: usage: /)
    write('package.json', { optionalDependencies: { 'node-plan9-x64': '24.0.0' } })
    assert.match(boot(['start']).stderr, /^cello: Cello runs on plan9-x64 so far; this machine is /)
  })
})
