import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { tinyFabricProgram } from './tiny-program.ts'

export type Item = readonly [header: Partial<Header> & { name: string }, content?: string | Uint8Array]

export async function tgz(items: readonly Item[], level = 1): Promise<Buffer> {
  const archive = pack()
  for (const [header, content] of items)
    archive.entry(header, typeof content === 'string' ? content : Buffer.from(content ?? ''))
  archive.finalize()
  return gzipSync(Buffer.concat(await Array.fromAsync(archive as AsyncIterable<Buffer>)), { level })
}

/** What a release holds, with programs that say they are of the version. `padding`: bytes that do not compress, to be passed over. */
export function releaseItems(version: string, options: { padding?: number; arch?: string } = {}): Item[] {
  const program = (name: string): Item => [
    { name: `bin/${name}`, mode: 0o755 },
    tinyFabricProgram(name, version, options.arch),
  ]
  const padding: Item[] = options.padding ? [[{ name: 'builders/ccaas/bin/build' }, noise(options.padding)]] : []
  return [
    [{ name: 'bin', type: 'directory' }],
    program('peer'),
    program('orderer'),
    program('osnadmin'),
    ...padding,
    [{ name: 'config/core.yaml' }, 'peer: {}\n'],
    [{ name: 'config/orderer.yaml' }, 'General: {}\n'],
  ]
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Bytes that gzip cannot shrink, the same each time. */
function noise(length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, n) =>
    createHash('sha256').update(String(n)).digest(),
  )
  return Buffer.concat(blocks).subarray(0, length)
}
