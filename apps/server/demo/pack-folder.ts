import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/** A folder as the tar.gz that an upload is, without what a build makes. */
export async function packFolder(folder: string): Promise<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const tar = pack()
  for (const entry of entries.filter((found) => found.isFile())) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1)
    if (/^(node_modules|dist)\//.test(path)) continue
    tar.entry({ name: path, mtime: new Date(0) }, await readFile(join(folder, path)))
  }
  tar.finalize()
  return gzipSync(await buffer(tar))
}
