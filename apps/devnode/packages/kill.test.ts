import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { packageIdOf } from './install-package.ts'
import { openInstalledPackages } from './installed-packages.ts'
import { testLog, testPackage, writeTestBuilder } from './testing/test-packages.ts'

const program = fileURLToPath(new URL('testing/install-until-killed.ts', import.meta.url))
const rounds = 8

/** Ids that the program said before it was killed, after so many milliseconds of installing. */
async function installUntilKilled(folder: string, round: number, afterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, folder, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const said: string[] = []
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const ready = once(lines, 'line')
  lines.on('line', (line) => said.push(line))
  await ready
  // Every other time after the first that it said: on a busy machine it might never get so far.
  if (round % 2 === 1) await once(lines, 'line')
  await delay(afterMs)
  child.kill('SIGKILL')
  await exited
  return said.filter((line) => line !== 'ready')
}

test('whatever moment an install is killed at, packages are whole or not there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'devnode-killed-'))
  try {
    const release = 'mkdir -p "$2/chaincode/server"; cp "$1/connection.json" "$2/chaincode/server/connection.json"'
    const builder = writeTestBuilder(join(folder, 'builder'), { detect: 'true', build: 'cp "$1"/* "$3/"', release })
    const acknowledged: string[] = []
    for (let round = 0; round < rounds; round++) {
      acknowledged.push(...(await installUntilKilled(folder, round, 20 + Math.random() * 200)))
      const packages = await openInstalledPackages({
        folder,
        builders: [builder],
        environment: { PATH: process.env.PATH },
        installTimeoutMs: 60_000,
        log: testLog().log,
      })
      for (const id of acknowledged) assert.ok(packages.get(id), `round ${round}: ${id} is gone`)
      for (const installed of packages.list()) {
        const bytes = await packages.load(installed.id)
        assert.equal(packageIdOf(installed.label, bytes), installed.id, `round ${round}`)
        assert.match((await installed.connection()).address, /^\d+\.\d+:1$/, `round ${round}: ${installed.id}`)
      }
    }
    assert.ok(acknowledged.length > 0, 'nothing was installed in any round')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('our own builder’s programs build a package unchanged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'devnode-own-builder-'))
  try {
    const program = (name: string) =>
      readFileSync(new URL(`../../../ledgers/fabric/node-config/builder/${name}.sh`, import.meta.url), 'utf8')
    const programs = { detect: program('detect'), build: program('build'), release: program('release') }
    const builder = writeTestBuilder(join(folder, 'builder'), programs, ['CELLO_NODE_FILES', 'CELLO_BUILD_MARK'])
    const packages = await openInstalledPackages({
      folder,
      builders: [builder],
      environment: { PATH: process.env.PATH, CELLO_NODE_FILES: folder, CELLO_BUILD_MARK: 'zzz-built' },
      installTimeoutMs: 60_000,
      log: testLog().log,
    })
    const installed = await packages.install(await testPackage())
    assert.equal((await installed.connection()).address, '127.0.0.1:9999')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
