import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, suite, test } from 'node:test'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { cello, fabric, fabricFolder, serverPid, start, surroundings } from './newcomer.ts'

/** A user who has no Fabric at all. */
function withoutFabric() {
  const cache = mkdtempSync(join(tmpdir(), 'cello-e2e-cache-'))
  after(() => rmSync(cache, { recursive: true, force: true, maxRetries: 5 }))
  return { cache, ...surroundings({ CELLO_CACHE: cache }) }
}

const oneSentence = /^\n {2}[^\n]+\n\n$/

suite('a start where something is missing or wrong', () => {
  test('without Fabric the way to get it is told, and the server goes on', async () => {
    const at = withoutFabric()
    await using server = start(at)
    await server.prints(/No Hyperledger Fabric is here[^]+npx cello fabric install 3\.1\.5\n[^]+CELLO_FABRIC[^]+Ctrl-C/)
    const [, url] = await server.prints(/Cello at (http:\S+?),/)
    assert.equal((await fetch(`${url}/livez`)).status, 200)
    await using listed = cello(at, 'network', 'list')
    assert.equal(await listed.ended(), 0, listed.stderr())
    server.interrupt()
    assert.equal(await server.ended(), 0, server.stderr())
  })

  test('a program that reads JSON is told the same', async () => {
    await using server = start(withoutFabric(), '--json')
    const [line] = await server.prints(/^.*"event":"failed".*$/m)
    const { code, next } = JSON.parse(line)
    assert.equal(code, 'FABRIC_NOT_FOUND')
    assert.match(next, /cello fabric install/)
    server.interrupt()
    assert.equal(await server.ended(), 0, server.stderr())
  })

  test('Fabric that is installed meanwhile is taken at once', { skip: fabric.skip }, async () => {
    const at = withoutFabric()
    await using server = start(at, '--json')
    await server.prints(/"event":"failed"/)
    const before = process.env['CELLO_CACHE']
    process.env['CELLO_CACHE'] = at.cache
    const place = dirname(realFabric(fabric.version, []).program('peer'))
    if (before === undefined) delete process.env['CELLO_CACHE']
    else process.env['CELLO_CACHE'] = before
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(fabricFolder(), place)
    await server.prints(/"event":"ready"/)
    await using down = cello(at, 'down', '--delete', '--yes')
    assert.equal(await down.ended(), 0, down.stderr())
  })

  test('a variable that is no good is named', async () => {
    await using server = start(surroundings({ CELLO_PORT: 'abc' }))
    assert.equal(await server.ended(), 1)
    assert.match(server.stderr(), /CELLO_PORT/)
    assert.doesNotMatch(server.stderr(), /\n +at /, 'no stack trace')
    assert.equal(server.stdout(), '')
  })

  test('a data directory that cannot be made or written is named, with the variable', async () => {
    const { dataDir } = surroundings()
    const file = join(dirname(dataDir), 'file')
    writeFileSync(file, '')
    for (const folder of [join(file, 'data'), '/sys/cello']) {
      await using server = start(surroundings({ CELLO_DATA: folder }))
      assert.equal(await server.ended(), 1)
      assert.match(server.stderr(), oneSentence)
      assert.match(server.stderr(), new RegExp(`${folder}.*CELLO_DATA`))
    }
  })

  test('a data directory of somebody else is named', {
    skip: process.getuid?.() === 0 && 'root may write everywhere',
  }, async () => {
    const { dataDir, ...at } = surroundings()
    mkdirSync(dataDir)
    chmodSync(dataDir, 0o500)
    await using server = start({ dataDir, ...at })
    assert.equal(await server.ended(), 1)
    assert.match(server.stderr(), oneSentence)
    assert.match(server.stderr(), new RegExp(dataDir))
  })

  test('a data directory of a newer version is left alone', async () => {
    const at = withoutFabric()
    await using first = start(at, '--json')
    await first.prints(/"event":"serving"/)
    process.kill(serverPid(at), 'SIGTERM')
    assert.equal(await first.ended(), 0, first.stderr())
    const database = new DatabaseSync(join(at.dataDir, 'cello.db'))
    database.exec("INSERT INTO migrations VALUES (9999, '9999-future', 'x', 1)")
    database.close()
    await using second = start(at)
    assert.equal(await second.ended(), 1)
    assert.match(second.stderr(), oneSentence)
    assert.match(second.stderr(), /newer version of Cello/)
  })
})
