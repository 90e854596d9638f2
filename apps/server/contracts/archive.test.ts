import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { PlatformError } from '@cello/model'
import { type Header, pack } from 'tar-stream'
import { type ArchiveLimits, unpack } from './archive.ts'

type Item = readonly [header: Partial<Header> & { name: string }, content?: string | Uint8Array]

const small: ArchiveLimits = { entries: 5, totalBytes: 5000, fileBytes: 3000 }

async function tarOf(items: readonly Item[]): Promise<Buffer> {
  const archive = pack()
  for (const [header, content] of items) archive.entry(header, content ?? '')
  archive.finalize()
  return Buffer.concat(await Array.fromAsync(archive as AsyncIterable<Buffer>))
}

async function tgz(...items: Item[]): Promise<Buffer> {
  return gzipSync(await tarOf(items))
}

/** A ustar header block by hand, for what tar-stream would not write. */
function rawHeader(name: string, options: { type?: string; size?: number; link?: string } = {}): Buffer {
  const block = Buffer.alloc(512)
  block.write(name, 0, 100, 'latin1')
  block.write('0000644\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  block.write(`${(options.size ?? 0).toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('        ', 148)
  block.write(options.type ?? '0', 156)
  block.write(options.link ?? '', 157)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

const end = Buffer.alloc(1024)
const raw = (...blocks: Buffer[]) => gzipSync(Buffer.concat([...blocks, end]))

const hostile: Record<string, () => Promise<Uint8Array> | Uint8Array> = {
  'a path that climbs out': () => tgz([{ name: '../evil.js' }, 'x']),
  'a path that climbs out in its middle': () => tgz([{ name: 'src/../../evil.js' }, 'x']),
  'a path that climbs and comes back': () => tgz([{ name: 'src/../index.js' }, 'x']),
  'an absolute path': () => raw(rawHeader('/etc/passwd')),
  'a path of another system': () => tgz([{ name: 'C:/evil.js' }, 'x']),
  'a path with backslashes': () => tgz([{ name: '..\\evil.js' }, 'x']),
  'a path with a line break': () => tgz([{ name: 'a\nb.js' }, 'x']),
  'a path that is no UTF-8': () => raw(rawHeader('a\xff.js')),
  'a symbolic link': () => tgz([{ name: 'link', type: 'symlink', linkname: '/etc/passwd' }]),
  'a symbolic link inside of the folder': () => tgz([{ name: 'link', type: 'symlink', linkname: 'index.js' }]),
  'a hard link': () => tgz([{ name: 'link', type: 'link', linkname: 'index.js' }]),
  'a character device': () => tgz([{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }]),
  'a block device': () => tgz([{ name: 'disk', type: 'block-device', devmajor: 8, devminor: 0 }]),
  'a fifo': () => tgz([{ name: 'pipe', type: 'fifo' }]),
  'an entry of a kind that is not known': () => raw(rawHeader('odd', { type: 'Z' })),
  'the same path twice': () => tgz([{ name: 'a.js' }, '1'], [{ name: './a.js' }, '2']),
  'a file where a folder must be': () => tgz([{ name: 'a' }, '1'], [{ name: 'a/b' }, '2']),
  'a folder where a file must be': () => tgz([{ name: 'a/b' }, '1'], [{ name: 'a' }, '2']),
  'a file without a name': () => raw(rawHeader('./')),
  'an .npmrc': () => tgz([{ name: 'sub/.npmrc' }, 'registry=http://evil']),
  'too many entries': () => tgz(...Array.from({ length: 6 }, (_, n): Item => [{ name: `f${n}` }, ''])),
  'too many folders': () => tgz(...Array.from({ length: 6 }, (_, n): Item => [{ name: `d${n}`, type: 'directory' }])),
  'a file that is too large': () => tgz([{ name: 'big' }, Buffer.alloc(3001)]),
  'a file that claims to be too large': () => raw(rawHeader('big', { size: 3001 })),
  'files that are too large together': () => tgz(...[1, 2].map((n): Item => [{ name: `f${n}` }, Buffer.alloc(2900)])),
  'a bomb of zeros before its first entry': () => gzipSync(Buffer.alloc(64 * 1024 * 1024)),
  'a bomb in a long name': () =>
    raw(rawHeader('L', { type: 'L', size: 32 * 1024 * 1024 }), Buffer.alloc(32 * 1024 * 1024, 97)),
  'a bomb in a pax header': () =>
    raw(rawHeader('x', { type: 'x', size: 32 * 1024 * 1024 }), Buffer.alloc(32 * 1024 * 1024, 97)),
  'a path of thousands of folders': () => tgz([{ name: `${'d/'.repeat(60)}f` }, 'x']),
  'a name that no file system takes': () => tgz([{ name: 'n'.repeat(300) }, 'x']),
  'a path that no file system takes': () =>
    tgz([{ name: `${'0123456789/'.repeat(39)}${'n'.repeat(250)}/${'m'.repeat(250)}/${'o'.repeat(250)}` }, 'x']),
  'bytes that are no gzip': () => Buffer.from('not an archive at all'),
  'gzip that holds no tar': () => gzipSync(Buffer.from('x'.repeat(2000))),
  'gzip that ends early': async () => (await tgz([{ name: 'a.js' }, 'hello '.repeat(200)])).subarray(0, 60),
  'tar that ends early': async () => gzipSync((await tarOf([[{ name: 'a.js' }, 'y'.repeat(2000)]])).subarray(0, 900)),
  'gzip that was altered': async () => {
    const bytes = await tgz([{ name: 'a.js' }, 'hello '.repeat(200)])
    bytes.writeUInt32LE(1, bytes.length - 8)
    return bytes
  },
  nothing: () => Buffer.alloc(0),
}

for (const [what, make] of Object.entries(hostile)) {
  test(`an archive with ${what} is refused, and writes nothing outside of its folder`, async () => {
    await withFolder(async (parent, folder) => {
      const bytes = await make()
      await assert.rejects(unpack([bytes], folder, small), (error) => {
        assert.ok(error instanceof PlatformError, String(error))
        assert.equal(error.code, 'PACKAGE_INVALID', error.message)
        return true
      })
      assert.deepEqual(await readdir(parent), ['inner'])
    })
  })
}

test('files and folders come out as they went in, with the bit that lets them be started', async () => {
  await withFolder(async (_parent, folder) => {
    const long = `${'folder/'.repeat(20)}file.txt`
    const bytes = await tgz(
      [{ name: 'src', type: 'directory' }],
      [{ name: './src/index.ts' }, 'hello'],
      [{ name: 'run.sh', mode: 0o4777 }, '#!'],
      [{ name: long }, 'deep'],
    )
    const pieces = [bytes.subarray(0, 10), bytes.subarray(10, 11), bytes.subarray(11)]
    assert.equal(await unpack(pieces, folder), 11)
    assert.equal(await readFile(join(folder, 'src/index.ts'), 'utf8'), 'hello')
    assert.equal(await readFile(join(folder, long), 'utf8'), 'deep')
    assert.equal((await stat(join(folder, 'run.sh'))).mode & 0o7000, 0, 'no set-user-id bit')
    assert.notEqual((await stat(join(folder, 'run.sh'))).mode & 0o100, 0)
  })
})

async function withFolder(use: (parent: string, folder: string) => Promise<void>): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'cello-archive-'))
  try {
    await mkdir(join(parent, 'inner'))
    await use(parent, join(parent, 'inner'))
  } finally {
    await rm(parent, { recursive: true })
  }
}
