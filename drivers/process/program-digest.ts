import { createHash } from 'node:crypto'
import { lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { sha256Hex } from '@cello/kit'
import { Slices, type TreeEntry, walkTree } from './file-tree.ts'

/** SHA-256 of a file, lower-case hex, read in pieces of 1 MiB. */
export async function fileDigest(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  await using file = await open(path, 'r')
  const piece = Buffer.allocUnsafe(2 ** 20)
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(piece, 0, piece.length)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(piece.subarray(0, bytesRead))
  }
}

/** One file of a folder program. `x` can be started, `-` not, `l` is a link, whose content is what it points to. */
interface ListedFile {
  readonly path: string
  readonly mode: 'x' | '-' | 'l'
  readonly sha256: string
}

/** SHA-256 of the listing sorted by path: a line `mode path NUL digest` for each file. Empty folders do not count. */
function listingDigest(files: readonly ListedFile[]): string {
  const lines = files
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ mode, path, sha256 }) => `${mode} ${path}\0${sha256}\n`)
  return sha256Hex(lines.join(''))
}

/** A file of a folder program, with its content. */
export interface ProgramFile extends ListedFile {
  readonly content: Buffer
}

/** Reads a folder program file by file. @throws UnfitFolder when it holds what cannot be copied in good conscience. */
async function* readFolder(top: string): AsyncGenerator<ProgramFile> {
  const slices = new Slices()
  const real = realpathSync(top)
  for await (const entry of walkTree(top, slices)) {
    yield readEntry(top, real, entry)
    await slices.breathe()
  }
}

/** @param onFile given each file, as it was read. @throws UnfitFolder */
export async function folderDigest(top: string, onFile?: (file: ProgramFile) => void): Promise<string> {
  const files: ListedFile[] = []
  for await (const file of readFolder(top)) {
    onFile?.(file)
    files.push({ path: file.path, mode: file.mode, sha256: file.sha256 })
  }
  return listingDigest(files)
}

/** Changes when a file does, without reading any: names, sizes, times of change and inodes. */
export async function fingerprint(path: string, signal?: AbortSignal): Promise<string> {
  if (statSync(path).isFile()) return printOf(path)
  const prints: string[] = []
  for await (const entry of walkTree(path, new Slices(signal))) {
    prints.push(`${entry.path}\0${printOf(join(path, entry.path))}`)
  }
  return sha256Hex(prints.sort().join('\n'))
}

/** A folder that cannot be a program; the message says why. */
export class UnfitFolder extends Error {
  override readonly name = 'UnfitFolder'
}

function readEntry(top: string, real: string, { path, stats }: TreeEntry): ProgramFile {
  const full = join(top, path)
  if (stats.isSymbolicLink()) {
    const target = readlinkSync(full)
    if (target.startsWith('/') || !leadsInside(full, real)) {
      throw new UnfitFolder(`the link ${path} leads out of the folder, or nowhere`)
    }
    return { path, mode: 'l', sha256: sha256Hex(target), content: Buffer.from(target) }
  }
  if (!stats.isFile()) throw new UnfitFolder(`${path} is neither a file nor a folder`)
  const content = readFileSync(full)
  return { path, mode: (stats.mode & 0o111) === 0 ? '-' : 'x', sha256: sha256Hex(content), content }
}

function leadsInside(link: string, real: string): boolean {
  try {
    return `${realpathSync(link)}${sep}`.startsWith(`${real}${sep}`)
  } catch {
    return false
  }
}

function printOf(path: string): string {
  const { size, mtimeNs, ino, mode } = lstatSync(path, { bigint: true })
  return `${size}-${mtimeNs}-${ino}-${mode}`
}
