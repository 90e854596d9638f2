import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { utf8 } from '../codec/bytes.ts'
import { FabricError } from '../errors.ts'
import { type ContractService, packageContract, packageId, readPackage } from './package.ts'
import { storedGzip } from './stored-gzip.ts'

interface Recorded {
  readonly packageId: string
  readonly input: {
    readonly label: string
    readonly service: ContractService
    readonly metadata?: Readonly<Record<string, string>>
  }
}

const vectors = join(import.meta.dirname, '../../../test/vectors/packages')
const recorded: readonly Recorded[] = JSON.parse(readFileSync(join(vectors, 'packages.json'), 'utf8'))
async function tarOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content)
  archive.finalize()
  return gzipSync(await buffer(archive))
}

const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code

for (const { input, packageId: expected } of recorded) {
  test(`the package ${input.label} has the id that the peer command computed`, async () => {
    const metadata = Object.fromEntries(Object.entries(input.metadata ?? {}).map(([path, text]) => [path, utf8(text)]))
    const made = await packageContract({ ...input, metadata })
    assert.equal(made.packageId, expected)
    assert.equal(packageId(input.label, made.bytes), expected)
    const read = await readPackage(made.bytes)
    assert.equal(read.label, input.label)
    assert.equal(read.type, 'ccaas')
    assert.deepEqual(Object.keys(read.files).sort(), [...Object.keys(metadata), 'connection.json'].sort())
  })
}

test('a package that the peer command made is read, and has the id that it computed', async () => {
  const official: { readonly package: string; readonly packageId: string } = JSON.parse(
    readFileSync(join(vectors, 'official.json'), 'utf8'),
  )
  const bytes = new Uint8Array(Buffer.from(official.package, 'base64'))
  const { label, type, files } = await readPackage(bytes)
  assert.deepEqual([label, type], ['official_1.0', 'node'])
  assert.deepEqual(Object.keys(files).sort(), ['src/index.js', 'src/package.json'])
  assert.equal(packageId(label, bytes), official.packageId)
})

test('files of a folder that tar packed as a whole have their paths without its dot', async () => {
  const code = await tarOf({ './connection.json': '{}', './META-INF/a.json': '{}' })
  const bytes = await tarOf({ 'metadata.json': '{"type":"ccaas","label":"x"}', 'code.tar.gz': code })
  assert.deepEqual(Object.keys((await readPackage(bytes)).files).sort(), ['META-INF/a.json', 'connection.json'])
})

test('the order in which metadata files are given changes nothing', async () => {
  const service = { address: 'localhost:1' }
  const [a, b] = [utf8('{"a":1}'), utf8('{"b":1}')]
  const one = await packageContract({ label: 'x', service, metadata: { 'META-INF/a.json': a, 'META-INF/b.json': b } })
  const two = await packageContract({ label: 'x', service, metadata: { 'META-INF/b.json': b, 'META-INF/a.json': a } })
  assert.equal(one.packageId, two.packageId)
})

test('a label or a path that Fabric would refuse, or that leaves META-INF, is refused', async () => {
  const service = { address: 'localhost:1' }
  for (const label of ['', '-x', 'a b', 'ä', 'a/b']) {
    await assert.rejects(packageContract({ label, service }), hasCode('INVALID'), label)
  }
  for (const path of ['x.json', 'META-INF/../x', 'META-INF/./x', '/META-INF/x', 'META-INF/a b']) {
    await assert.rejects(
      packageContract({ label: 'x', service, metadata: { [path]: utf8('') } }),
      hasCode('INVALID'),
      path,
    )
  }
})

test('what is no package is refused, and so is one that would unpack to more than 100 MiB', async () => {
  await assert.rejects(readPackage(utf8('no archive')), hasCode('INVALID'))
  await assert.rejects(readPackage(gzipSync(utf8('no tar'))), hasCode('INVALID'))
  await assert.rejects(readPackage(gzipSync(Buffer.alloc(101 * 1024 * 1024))), hasCode('INVALID'))
})

test('stored gzip is read back by any gzip reader, at every block boundary', () => {
  for (const length of [0, 1, 65_534, 65_535, 65_536, 131_070, 200_000]) {
    const content = new Uint8Array(length).map((_, index) => index % 251)
    assert.deepEqual(new Uint8Array(gunzipSync(storedGzip(content))), content, String(length))
  }
})
