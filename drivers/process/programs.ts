import { randomBytes } from 'node:crypto'
import { chmodSync, constants, existsSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { chmod, copyFile, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Clock, hasCode, systemClock } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { CollectOptions, ProgramRef, ProgramSource } from '@cello/ports'
import { judgeExecutable } from './executable.ts'
import type { About } from './failures.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { fileDigest, fingerprint, folderDigest, UnfitFolder } from './program-digest.ts'
import { checkRelativePath } from './spec-check.ts'

export interface ProgramsOptions {
  readonly folder: string
  readonly host: string
  readonly arch: string
  readonly clock?: Clock | undefined
}

/**
 * Programs as nodes start them: copies in `<folder>/<digest>/`, whole or not there. Copies are reflinks where the file system
 * can and plain copies elsewhere; hard links would change with a source that is edited in place.
 */
export class Programs {
  readonly #folder: string
  readonly #host: string
  readonly #arch: string
  /** Print by path of a source or of a copy, with the digest that was found then. */
  readonly #known = new Map<string, { readonly print: string; readonly digest: string }>()
  readonly #adding = new Map<string, Promise<ProgramRef>>()
  readonly #keeping = new OneAtATime()
  readonly #checking = new Map<string, Promise<void>>()
  /** When each was last asked for, by digest; on the clock that never goes back. */
  readonly #askedAt = new Map<string, number>()
  readonly #clock: Clock

  constructor(options: ProgramsOptions) {
    this.#folder = options.folder
    this.#host = options.host
    this.#arch = options.arch
    this.#clock = options.clock ?? systemClock
  }

  /** @throws PROGRAM_MISSING, PROGRAM_UNSUITABLE (made for another machine; links out of the folder), and what the system says. */
  async add(source: ProgramSource, signal?: AbortSignal): Promise<ProgramRef> {
    const key = JSON.stringify(source)
    // One copy for all who ask at once; it belongs to none of them, so none of them can cancel it for the others.
    const adding = this.#adding.get(key) ?? this.#add(source).finally(() => this.#adding.delete(key))
    this.#adding.set(key, adding)
    return await abandonable(adding, signal)
  }

  /** Absolute paths of a copy. Nothing is checked. */
  locate(ref: ProgramRef): { readonly path: string; readonly folder: string } {
    const folder = join(this.#folder, ref.digest)
    return { path: join(folder, ref.entry), folder }
  }

  /**
   * Makes sure that a copy is what was added: wholly before its first use in this process, and again where names, sizes,
   * times or inodes have changed since. @throws PROGRAM_MISSING, PROGRAM_CHANGED
   */
  async check(name: string, ref: ProgramRef, about: About, signal?: AbortSignal): Promise<void> {
    const key = `${ref.digest}/${ref.entry}`
    const checking = this.#checking.get(key) ?? this.#check(ref).finally(() => this.#checking.delete(key))
    this.#checking.set(key, checking)
    try {
      await abandonable(checking, signal)
    } catch (error) {
      if (!(error instanceof NotAsAdded)) throw error
      throw new PlatformError(error.code, { ...about, program: name, detail: error.message }, { cause: error })
    }
  }

  /** @throws PROGRAM_UNSUITABLE when this machine cannot start it. */
  checkStartable(name: string, ref: ProgramRef, about: About): void {
    const { kind, why } = judgeExecutable(this.locate(ref).path, this.#arch)
    if (kind !== 'fits') throw new PlatformError('PROGRAM_UNSUITABLE', { ...about, program: name, detail: why })
  }

  /** Resolves when no copying is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#adding.values())
  }

  /** Deletes all copies but these and those asked for lately, and what was left of interrupted copying. */
  async collect(inUse: ReadonlySet<string>, { keepAskedMs = 0, signal }: CollectOptions = {}): Promise<void> {
    const names = existsSync(this.#folder) ? await readdir(this.#folder) : []
    for (const name of names) {
      signal?.throwIfAborted()
      if (inUse.has(name) || this.#isAskedSince(name, this.#clock.monotonic() - keepAskedMs)) continue
      const doomed = join(this.#folder, `.gone-${randomBytes(4).toString('hex')}`)
      // In one turn with the look at who asked: whoever asks from now on finds none, and copies it anew.
      renameSync(join(this.#folder, name), doomed)
      this.#forget(name)
      await rm(doomed, { recursive: true, force: true })
    }
  }

  async #add(source: ProgramSource): Promise<ProgramRef> {
    const entry = source.kind === 'file' ? basename(source.path) : source.entry
    checkRelativePath(entry)
    this.#checkSource(source, entry)
    // Nobody gives the same folder twice, and to take it is as cheap as to read whether it is kept already.
    if (source.kind === 'folder' && source.given) return await this.#copy(source, entry)
    const print = await fingerprint(source.path)
    const known = this.#known.get(source.path)
    const digest = known?.print === print ? known.digest : await this.#digestIfKept(source, entry)
    const ref = digest === undefined ? undefined : { digest, entry }
    if (ref && (await this.#looksKept(ref))) {
      this.#known.set(source.path, { print, digest: ref.digest })
      return ref
    }
    const added = await this.#copy(source, entry)
    this.#known.set(source.path, { print, digest: added.digest })
    return added
  }

  #checkSource(source: ProgramSource, entry: string): void {
    const about = { host: this.#host, node: '(any)', program: source.path }
    const path = source.kind === 'file' ? source.path : join(source.path, entry)
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
      throw new PlatformError('PROGRAM_MISSING', { ...about, detail: `there is no file ${path}` })
    }
    if (source.kind === 'folder') return
    const { kind, why } = judgeExecutable(path, this.#arch)
    if (kind === 'foreign') throw new PlatformError('PROGRAM_UNSUITABLE', { ...about, detail: why })
  }

  /** Digest of a source that may be kept already: it is cheaper to read it than to copy it in vain. */
  async #digestIfKept(source: ProgramSource, entry: string): Promise<string | undefined> {
    const kept = existsSync(this.#folder) ? await readdir(this.#folder) : []
    const size = statSync(join(source.path, source.kind === 'file' ? '' : entry)).size
    const alike = kept.some(
      (name) => statSync(join(this.#folder, name, entry), { throwIfNoEntry: false })?.size === size,
    )
    if (!alike) return undefined
    return source.kind === 'file'
      ? await fileDigest(source.path)
      : await this.#orUnfit(source.path, folderDigest(source.path))
  }

  /** A copy that was not looked at since we began is believed: `check` reads it before its first use. */
  async #looksKept(ref: ProgramRef): Promise<boolean> {
    this.#askedAt.set(ref.digest, this.#clock.monotonic())
    const { path, folder } = this.locate(ref)
    if (!existsSync(path)) return false
    if (!this.#known.has(path) && !this.#known.has(folder)) return true
    return await this.#check(ref).then(() => true, isNotAsAdded)
  }

  async #copy(source: ProgramSource, entry: string): Promise<ProgramRef> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const fresh = join(this.#folder, `.new-${randomBytes(6).toString('hex')}`)
    await mkdir(fresh, { mode: 0o755 })
    try {
      const copying = source.kind === 'file' ? copyProgram(source.path, join(fresh, entry)) : keepFolder(source, fresh)
      const digest = await this.#orUnfit(source.path, copying)
      await this.#keeping.run(digest, undefined, () => this.#keep(fresh, { digest, entry }, source.kind))
      return { digest, entry }
    } finally {
      await rm(fresh, { recursive: true, force: true })
    }
  }

  /** Gives a finished copy its name, or finds that there is one already. */
  async #keep(fresh: string, ref: ProgramRef, kind: ProgramSource['kind']): Promise<void> {
    this.#askedAt.set(ref.digest, this.#clock.monotonic())
    const { folder, path } = this.locate(ref)
    if (existsSync(folder)) {
      // The same bytes under another name: one copy with two names.
      if (kind === 'file' && !existsSync(path)) await link(join(fresh, ref.entry), path)
      // The right one stays, since nodes may run from it; one that was spoilt is replaced.
      if (await this.#check(ref).then(() => true, isNotAsAdded)) return
      const spoilt = `${fresh}-spoilt`
      await rename(folder, spoilt)
      if (kind === 'file') {
        for (const name of await readdir(spoilt)) {
          if (name !== ref.entry) await link(join(fresh, ref.entry), join(fresh, name))
        }
      }
      await rm(spoilt, { recursive: true, force: true })
    }
    await rename(fresh, folder)
    await sync(this.#folder)
    const place = kind === 'file' ? path : folder
    this.#known.set(place, { print: await fingerprint(place), digest: ref.digest })
  }

  /** Of what is not finished nobody knows yet what it will be. */
  #isAskedSince(name: string, at: number): boolean {
    if (name.startsWith('.')) return this.#adding.size > 0
    return (this.#askedAt.get(name) ?? -Infinity) > at
  }

  #forget(digest: string): void {
    this.#askedAt.delete(digest)
    const folder = join(this.#folder, digest)
    for (const place of this.#known.keys()) {
      if (place === folder || place.startsWith(`${folder}/`)) this.#known.delete(place)
    }
  }

  async #check(ref: ProgramRef): Promise<void> {
    const { path, folder } = this.locate(ref)
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
      throw new NotAsAdded('PROGRAM_MISSING', `there is no ${ref.entry} in its folder of copies`)
    }
    // What was added as a file has the digest of that file; all else is a folder.
    if (await this.#isAs(path, ref.digest, fileDigest)) return
    if (await this.#isAs(folder, ref.digest, folderDigest).catch(isUnfit)) return
    throw new NotAsAdded('PROGRAM_CHANGED', `the copy in ${folder} no longer has its digest`)
  }

  async #isAs(place: string, digest: string, read: (path: string) => Promise<string>): Promise<boolean> {
    const print = await fingerprint(place)
    const known = this.#known.get(place)
    if (known?.print === print) return known.digest === digest
    const found = await read(place)
    this.#known.set(place, { print, digest: found })
    return found === digest
  }

  async #orUnfit<T>(program: string, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof UnfitFolder)) throw error
      const facts = { host: this.#host, node: '(any)', program, detail: error.message }
      throw new PlatformError('PROGRAM_UNSUITABLE', facts, { cause: error })
    }
  }
}

class NotAsAdded extends Error {
  override readonly name = 'NotAsAdded'
  readonly code: 'PROGRAM_MISSING' | 'PROGRAM_CHANGED'

  constructor(code: NotAsAdded['code'], message: string) {
    super(message)
    this.code = code
  }
}

function isNotAsAdded(error: unknown): false {
  if (error instanceof NotAsAdded) return false
  throw error
}

function isUnfit(error: unknown): false {
  if (error instanceof UnfitFolder) return false
  throw error
}

/** Copies one file and forces it to the disk, while it is read for its digest. @returns the digest of the copy. */
async function copyProgram(from: string, to: string): Promise<string> {
  const before = await fingerprint(from)
  const copying = copyFile(from, to, constants.COPYFILE_FICLONE).then(() => chmod(to, 0o555))
  const [digest] = await Promise.all([fileDigest(from), copying])
  await sync(to)
  // Only if it stayed the same meanwhile is what we read what we copied.
  return (await fingerprint(from)) === before ? digest : await fileDigest(to)
}

/** Of the files of a kept folder: nobody writes to them. */
const fileModes = { x: 0o555, '-': 0o444 } as const

/**
 * Copies a folder with its links, reading each file once. Thousands of files are not forced to the disk one by one: the
 * digest is checked before the first use in each process, and a copy that a power cut spoilt is made anew.
 */
function copyFolder(from: string, to: string): Promise<string> {
  return folderDigest(from, ({ path, mode, content }) => {
    const target = join(to, path)
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 })
    if (mode === 'l') symlinkSync(content.toString(), target)
    else writeFileSync(target, content, { mode: fileModes[mode], flag: 'wx' })
  })
}

/** Copies a folder, or takes it where it is given: to make thousands of files, and remove as many, takes a second. */
async function keepFolder(
  { path, given = false }: Extract<ProgramSource, { kind: 'folder' }>,
  to: string,
): Promise<string> {
  if (!given) return await copyFolder(path, to)
  try {
    await rename(path, to)
  } catch (error) {
    // The host's folder may be on another file system.
    if (!hasCode(error, 'EXDEV')) throw error
    return await copyFolder(path, to)
  }
  return await closeFolder(to)
}

/** Gives a folder and its files the modes that those of a copy have. @returns its digest */
function closeFolder(top: string): Promise<string> {
  chmodSync(top, 0o755)
  return folderDigest(top, ({ path, mode }) => {
    if (mode !== 'l') chmodSync(join(top, path), fileModes[mode])
  })
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.sync()
}

/** Leaves work that goes on for others. */
async function abandonable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work
  signal.throwIfAborted()
  const { promise: left, reject } = Promise.withResolvers<never>()
  const leave = () => reject(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([work, left])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
