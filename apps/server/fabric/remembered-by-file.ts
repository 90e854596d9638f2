import { type BigIntStats, constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'

/**
 * What was found out about executable files, remembered until inode, size or a time of the file changes, so that asking
 * again costs one look at the file. Work that fails is not remembered.
 */
export class RememberedByFile<T> {
  readonly #work: (path: string) => Promise<T>
  readonly #known = new Map<string, { readonly print: string; readonly found: Promise<T> }>()

  constructor(work: (path: string) => Promise<T>) {
    this.#work = work
  }

  /** Undefined where there is no file that this user may start. */
  async of(path: string): Promise<T | undefined> {
    const print = await fingerprint(path)
    if (print === undefined) {
      this.#known.delete(path)
      return undefined
    }
    const known = this.#known.get(path)
    if (known?.print === print) return await known.found
    const entry = { print, found: this.#work(path) }
    this.#known.set(path, entry)
    try {
      return await entry.found
    } catch (error) {
      if (this.#known.get(path) === entry) this.#known.delete(path)
      throw error
    }
  }
}

async function fingerprint(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path, { bigint: true })
    if (!stats.isFile()) return undefined
    await access(path, constants.X_OK)
    return printOf(stats)
  } catch {
    return undefined
  }
}

function printOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}
