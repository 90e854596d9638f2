import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readlink, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { sha256Hex } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { ProgramRef, ProgramSource } from '@cello/ports'

/** A source whose path begins so is no file: its digest is that of the path. */
export const pretendPrefix = 'pretend:'

/** Finds a program's digest. Files are read once for as long as size and time of change stay. */
export class ProgramDigests {
  readonly #known = new Map<string, string>()

  /** @throws PROGRAM_MISSING */
  async refTo(source: ProgramSource, host: string): Promise<ProgramRef> {
    const entry = source.kind === 'file' ? basename(source.path) : source.entry
    if (source.path.startsWith(pretendPrefix)) return { digest: sha256Hex(source.path), entry }
    try {
      return { digest: source.kind === 'file' ? await this.#file(source.path) : await this.#folder(source.path), entry }
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      throw new PlatformError('PROGRAM_MISSING', { program: entry, node: '-', host, detail }, { cause: error })
    }
  }

  async #file(path: string): Promise<string> {
    const { mtimeMs, size } = await stat(path)
    const key = `${path}\n${mtimeMs}\n${size}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash)
    const digest = hash.digest('hex')
    this.#known.set(key, digest)
    return digest
  }

  /** By the same rule as the process driver, so that a package has one digest whatever runs it. */
  async #folder(path: string): Promise<string> {
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    const lines: { readonly name: string; readonly line: string }[] = []
    for (const entry of entries) {
      if (entry.isDirectory()) continue
      const full = join(entry.parentPath, entry.name)
      const name = relative(path, full)
      const isLink = entry.isSymbolicLink()
      const digest = isLink ? sha256Hex(await readlink(full)) : await this.#file(full)
      const mode = isLink ? 'l' : ((await stat(full)).mode & 0o111) === 0 ? '-' : 'x'
      lines.push({ name, line: `${mode} ${name}\0${digest}\n` })
    }
    lines.sort((a, b) => (a.name < b.name ? -1 : 1))
    return sha256Hex(lines.map(({ line }) => line).join(''))
  }
}
