import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, test } from 'node:test'
import { cello, serverPid, start, surroundings, withoutFabric } from './newcomer.ts'

const oneSentence = /^\n {2}[^\n]+\n\n$/

suite('a start where something is missing or wrong', () => {
  test('without Fabric it is said what runs instead, and how to get the real thing', async () => {
    const at = withoutFabric()
    await using server = start(at)
    await server.prints(
      /No Hyperledger Fabric is here, so this runs on the devnode[^]+npx cello fabric install 3\.1\.5\n/,
    )
    await server.prints(/First transaction/)
    await using shown = cello(at, 'network', 'list')
    assert.equal(await shown.ended(), 0, shown.stderr())
    assert.match(shown.stdout(), /\bdevnode\b/)
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
