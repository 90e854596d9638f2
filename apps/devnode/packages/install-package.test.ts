import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { checkCode, packageIdOf, readInstallPackage } from './install-package.ts'
import { readTarGzip } from './tar-gzip.ts'
import { archive, testPackage } from './testing/test-packages.ts'

const metadata = (label: string) => JSON.stringify({ path: '', type: 'ccaas', label })

test('a package is its label, its kind, its metadata as they lie there, and its code', async () => {
  const bytes = await testPackage({ label: 'a.b+c-d_1' })
  const { label, type, metadata: raw, code } = await readInstallPackage(bytes)
  assert.deepEqual({ label, type }, { label: 'a.b+c-d_1', type: 'ccaas' })
  assert.equal(Buffer.from(raw).toString(), metadata('a.b+c-d_1'))
  await checkCode({ label, type, metadata: raw, code })
  assert.match(packageIdOf(label, bytes), /^a\.b\+c-d_1:[0-9a-f]{64}$/)
})

const refused: readonly (readonly [string, () => Promise<Uint8Array>, string])[] = [
  ['nothing at all', async () => new Uint8Array(), 'error reading as gzip stream: EOF'],
  ['a few bytes', async () => Buffer.from('rubbish!'), 'error reading as gzip stream: unexpected EOF'],
  ['no gzip', async () => Buffer.from('rubbish!rubbish!'), 'error reading as gzip stream: gzip: invalid header'],
  [
    'no tar inside',
    async () => gzipSync('x'.repeat(2_000)),
    'error inspecting next tar header: archive/tar: invalid tar header',
  ],
  [
    'a cut off archive',
    async () => (await testPackage()).subarray(0, 100),
    'error inspecting next tar header: unexpected EOF',
  ],
  [
    'a cut off tar',
    async () => gzipSync(gunzipSync(await testPackage()).subarray(0, 700)),
    'error inspecting next tar header: unexpected EOF',
  ],
  ['no entries', () => archive({}), 'did not find a code package inside the package'],
  ['no metadata', () => archive({ 'code.tar.gz': 'x' }), 'did not find any package metadata (missing metadata.json)'],
  ['no code', () => archive({ 'metadata.json': metadata('x') }), 'did not find a code package inside the package'],
  ['a folder', () => archive({ 'a/': { type: 'directory' } }), 'tar entry a/ is not a regular file, type 53'],
  [
    'a link',
    () => archive({ a: { type: 'symlink', linkname: '/etc/passwd' } }),
    'tar entry a is not a regular file, type 50',
  ],
  [
    'no JSON',
    () => archive({ 'metadata.json': 'x', 'code.tar.gz': 'x' }),
    "could not unmarshal metadata.json as json: invalid character 'x' looking for beginning of value",
  ],
  [
    'half of JSON',
    () => archive({ 'metadata.json': '{"label":', 'code.tar.gz': 'x' }),
    'could not unmarshal metadata.json as json: unexpected end of JSON input',
  ],
  [
    'a label with a space',
    () => archive({ 'metadata.json': metadata('no label'), 'code.tar.gz': 'x' }),
    "invalid label 'no label'. Label must be non-empty, can only consist of alphanumerics, symbols from '.+-_', and can only begin with alphanumerics",
  ],
  [
    'a label that is a path',
    () => archive({ 'metadata.json': metadata('../x'), 'code.tar.gz': 'x' }),
    "invalid label '../x'. Label must be non-empty, can only consist of alphanumerics, symbols from '.+-_', and can only begin with alphanumerics",
  ],
]

test('what is no package is refused in Fabric’s words', async () => {
  for (const [name, bytes, sentence] of refused) {
    await assert.rejects(async () => readInstallPackage(await bytes()), { message: sentence }, name)
  }
})

test('code that is no archive is refused', async () => {
  const short = await readInstallPackage(await archive({ 'metadata.json': metadata('x'), 'code.tar.gz': 'x' }))
  await assert.rejects(checkCode(short), {
    message: 'error retrieving DB artifacts from code package: unexpected EOF',
  })
  const long = await readInstallPackage(
    await archive({ 'metadata.json': metadata('x'), 'code.tar.gz': 'x'.repeat(20) }),
  )
  await assert.rejects(checkCode(long), {
    message: 'error retrieving DB artifacts from code package: gzip: invalid header',
  })
})

test('an archive that unpacks to more than anybody needs is given up', async () => {
  const bomb = await archive({ a: 'a'.repeat(600), b: 'b'.repeat(600) })
  const nothing = () => undefined
  await readTarGzip(bomb, nothing, 5_000)
  await assert.rejects(readTarGzip(bomb, nothing, 1_000), { message: 'archive is larger than 1000 bytes unpacked' })
})
