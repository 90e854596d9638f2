import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode } from '@cello/kit'
import { PlatformError } from '@cello/model'
import { cachedRelease } from './find-fabric.ts'
import { archiveName } from './release.ts'

/*
 * The cache as installations write it:
 *   fabric/<version>/<os>-<arch>/{bin,config}   whole or not there; beside them, in archive.sha256, what they were made of
 *   fabric/.downloads/<archive>.part            and what is known of it, and who fetches it
 *   fabric/.fresh-<pid>-…, fabric/.gone-<pid>-…   of an installation under way, or left by one that was killed
 */

/** Makes the folders. Removes what installations left that died. @throws FOLDER_NOT_WRITABLE, STORAGE_FULL */
export async function openCache(cacheDir: string): Promise<void> {
  const fabric = join(cacheDir, 'fabric')
  await mkdir(join(fabric, '.downloads'), { recursive: true, mode: 0o755 }).catch((error: unknown) => {
    throw asStorageError(error, cacheDir)
  })
  for (const name of await readdir(fabric)) {
    const pid = /^\.(?:fresh|gone)-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(fabric, name), { recursive: true, force: true })
  }
}

/** Where the archive of a version is fetched to. */
export function downloadOf(cacheDir: string, version: string): string {
  return join(cacheDir, 'fabric', '.downloads', `${archiveName(version)}.part`)
}

const archiveNote = 'archive.sha256'

/** Notes in a finished folder what it was unpacked from, as sha256sum writes it. */
export async function noteArchive(folder: string, version: string, sha256: string): Promise<void> {
  await using file = await open(join(folder, archiveNote), 'wx', 0o644)
  await file.writeFile(`${sha256}  ${archiveName(version)}\n`)
  await file.sync()
}

/** What the release in the cache was unpacked from; undefined where that was not noted. */
export async function archiveOf(cacheDir: string, version: string): Promise<string | undefined> {
  const text = await readFile(join(cachedRelease(cacheDir, version), archiveNote), 'utf8').catch(() => '')
  return /^[0-9a-f]{64}(?=\s)/.exec(text)?.[0]
}

export interface FreshFolder extends AsyncDisposable {
  readonly path: string
}

/** A private folder in the cache, removed when it is disposed of. */
export async function freshFolder(cacheDir: string): Promise<FreshFolder> {
  const path = markedPath(cacheDir, 'fresh')
  await mkdir(path, { mode: 0o700 })
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Puts a finished folder with `bin` and `config` into its place; what stood there goes. A crash leaves either, or none, never a part. */
export async function place(cacheDir: string, version: string, finished: string): Promise<void> {
  const target = cachedRelease(cacheDir, version)
  await mkdir(dirname(target), { recursive: true, mode: 0o755 })
  const gone = markedPath(cacheDir, 'gone')
  const replaces = await exists(target)
  if (replaces) await rename(target, gone)
  try {
    await rename(finished, target)
  } catch (error) {
    if (replaces) await rename(gone, target)
    throw error
  }
  await syncFolder(dirname(target))
  await rm(gone, { recursive: true, force: true })
}

/** Holds a download for this process. @returns undefined where another process holds it. */
export async function holdDownload(part: string): Promise<AsyncDisposable | undefined> {
  const path = `${part}.lock`
  for (let tries = 0; tries < 3; tries++) {
    try {
      await using file = await open(path, 'wx')
      await file.writeFile(String(process.pid))
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
      const holder = Number(await readFile(path, 'utf8').catch(() => ''))
      if (holder !== process.pid && isAlive(holder)) return undefined
      await rm(path, { force: true })
    }
  }
  return undefined
}

/** What the file system says, in the catalogue's words where it has them. */
export function asStorageError(error: unknown, cacheDir: string): unknown {
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
    return new PlatformError('STORAGE_FULL', { place: `the disk of ${cacheDir}` }, { cause: error })
  }
  if (hasCode(error, 'EROFS', 'EACCES', 'EPERM', 'ENOTDIR')) {
    const detail = error instanceof Error ? error.message : String(error)
    return new PlatformError('FOLDER_NOT_WRITABLE', { folder: cacheDir, detail }, { cause: error })
  }
  return error
}

function markedPath(cacheDir: string, mark: 'fresh' | 'gone'): string {
  return join(cacheDir, 'fabric', `.${mark}-${process.pid}-${randomBytes(6).toString('hex')}`)
}

/** Whether a process of this id is there, whoever's it is. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path)
  await folder.sync()
}
