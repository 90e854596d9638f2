/** A package's code as files for a builder (core/container/externalbuilder/tar.go). */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { type ArchiveEntry, folder, readTarGzip, regularFile } from './tar-gzip.ts'

/**
 * Writes the archive below `target`. All of it is read and looked at before the first file is written.
 * @throws Error in Fabric's words: a path that leads out of the folder, a link, a device
 */
export async function unpackCode(code: Uint8Array, target: string): Promise<void> {
  const entries: ArchiveEntry[] = []
  await readTarGzip(code, (entry) => {
    if (!isInside(entry.name)) throw new Error(`tar contains the absolute or escaping path '${entry.name}'`)
    if (entry.type !== regularFile && entry.type !== folder) {
      throw new Error(`invalid file type '${entry.type}' contained in archive for file '${entry.name}'`)
    }
    entries.push(entry)
  })
  for (const { name, type, mode, content } of entries) {
    const path = join(target, name)
    await mkdir(type === folder ? path : dirname(path), { recursive: true, mode: 0o700 })
    if (type === regularFile) await writeFile(path, content, { mode: mode & 0o777 })
  }
}

/** Neither absolute nor, cleaned, above where it begins. */
function isInside(path: string): boolean {
  const clean = normalize(path)
  return !path.includes('\0') && !clean.startsWith('/') && clean !== '..' && !clean.startsWith('../')
}
