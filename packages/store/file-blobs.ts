import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode, sha256Hex } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { Blobs } from '@cello/ports'
import { syncFolder } from './durable-files.ts'

const digestPattern = /^[0-9a-f]{64}$/
const drafts = 'drafts'

/** Blobs as files `<folder>/<first two digits>/<digest>`, mode 0600. Drafts that a crash left behind are removed. */
export async function openFileBlobs(folder: string): Promise<Blobs> {
  await mkdir(join(folder, drafts), { recursive: true, mode: 0o700 })
  for (const draft of await readdir(join(folder, drafts))) await rm(join(folder, drafts, draft), { force: true })
  return {
    async put(bytes) {
      const digest = sha256Hex(bytes)
      const path = pathOf(folder, digest)
      // A file that is there but no longer right is written anew.
      if ((await readIntact(path, digest)) === undefined) await write(folder, path, bytes).catch(refuseFull)
      return digest
    },
    async get(digest) {
      if (!digestPattern.test(digest)) throw notFound(digest)
      const path = pathOf(folder, digest)
      const bytes = await readIfThere(path)
      if (bytes === undefined) throw notFound(digest)
      if (sha256Hex(bytes) !== digest) {
        throw new PlatformError('INTERNAL', { blob: digest }, { cause: new Error(`${path} was altered`) })
      }
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    },
    async delete(digest) {
      if (!digestPattern.test(digest)) return
      const path = pathOf(folder, digest)
      if ((await readIfThere(path)) === undefined) return
      await rm(path, { force: true })
      await syncFolder(dirname(path))
    },
  }
}

/** Written beside, synced, then renamed: under its name a blob is always whole. */
async function write(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const draft = join(folder, drafts, randomBytes(8).toString('hex'))
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
  await syncFolder(folder)
}

async function readIntact(path: string, digest: string): Promise<Uint8Array | undefined> {
  const bytes = await readIfThere(path)
  return bytes !== undefined && sha256Hex(bytes) === digest ? bytes : undefined
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function pathOf(folder: string, digest: string): string {
  return join(folder, digest.slice(0, 2), digest)
}

function notFound(digest: string): PlatformError {
  return new PlatformError('NOT_FOUND', { noun: 'blob', id: digest.slice(0, 80) })
}

function refuseFull(error: unknown): never {
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
    throw new PlatformError('STORAGE_FULL', { place: 'the disk of the data directory' }, { cause: error })
  }
  throw error
}
