import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@cello/kit'
import { type InstallFabricRequest, PlatformError, type StepProgress } from '@cello/model'
import type { HostTask, HostWork } from '@cello/ports'
import {
  archiveOf,
  asStorageError,
  downloadOf,
  type FreshFolder,
  freshFolder,
  noteArchive,
  openCache,
  place,
} from './cache-folder.ts'
import { checkPrograms } from './check-programs.ts'
import { download } from './download.ts'
import { DownloadHolds } from './download-holds.ts'
import type { FabricFinder } from './find-fabric.ts'
import { downloadFailed } from './http-get.ts'
import { checkDigest, type ExpectedArchive, probeArchive, unpackChecked } from './judge-archive.ts'
import { beginningOf, discardPart, isWhole } from './part-file.ts'

export interface HostWorkOptions {
  readonly finder: FabricFinder
  readonly cacheDir: string
  readonly clock: Clock
  /** Milliseconds without a byte after which a server is given up; default 30 s. */
  readonly idleMs?: number
  /** Milliseconds before a cut connection is taken up again; default 500. */
  readonly retryMs?: number
}

/** What one operation has between its steps, in this process alone. */
interface Bench {
  /** Nobody else fetches that archive meanwhile. */
  hold?: AsyncDisposable
  /** Whether bytes of an earlier try are in the archive, which may not be of the same file. */
  resumed: boolean
  folder?: FreshFolder
}

interface Job extends HostTask {
  readonly bench: Bench
  readonly signal: AbortSignal
  readonly onProgress: (progress: StepProgress) => void
}

/** Where an archive is, and what it must be. */
interface Source extends ExpectedArchive {
  /** Absent for a file of the host. */
  readonly url: URL | undefined
}

/**
 * Brings a release into the cache of this machine: fetched (or read) whole, its digest checked, unpacked into a private folder,
 * its programs checked, and only then given its name. Whatever ends it on the way leaves nothing but the bytes that were fetched.
 */
export function createHostWork(options: HostWorkOptions): HostWork {
  const { finder, cacheDir } = options
  const benches = new Map<string, Bench>()
  const steps = { ...archiveSteps(options, new DownloadHolds()), ...releaseSteps(options) }
  return {
    observe: async ({ request }) => {
      const there = await finder.find()
      const found = there.some(({ source, version }) => source === 'cache' && version === request.version)
      const { from, sha256 } = request
      const installed = found && (!from || (await archiveOf(cacheDir, request.version)) === sha256)
      return { installed, fetched: await isFetched(cacheDir, request) }
    },
    act: async (step, task, { signal, onProgress }) => {
      signal.throwIfAborted()
      // What an earlier process fetched counts as resumed.
      const bench = benches.get(task.operationId) ?? { resumed: true }
      benches.set(task.operationId, bench)
      try {
        await steps[step]({ ...task, bench, signal, onProgress })
      } catch (error) {
        throw signal.aborted ? signal.reason : asStorageError(error, cacheDir)
      }
    },
    release: async (operationId) => {
      const bench = benches.get(operationId)
      benches.delete(operationId)
      await bench?.folder?.[Symbol.asyncDispose]()
      await bench?.hold?.[Symbol.asyncDispose]()
    },
  }
}

async function isFetched(cacheDir: string, { from, version }: InstallFabricRequest): Promise<boolean> {
  if (!from || 'file' in from) return false
  return isWhole(await beginningOf(downloadOf(cacheDir, version), new URL(from.url)))
}

/** Where the archive that is asked for is, or will be. @throws DIGEST_UNKNOWN */
function sourceOf(cacheDir: string, { version, from, sha256 }: InstallFabricRequest): Source {
  // It was there when this was asked, and somebody has removed it since.
  if (!from || sha256 === undefined) throw new PlatformError('DIGEST_UNKNOWN', { file: `Fabric ${version}` })
  if ('file' in from) return { path: from.file, name: from.file, sha256, url: undefined }
  return { path: downloadOf(cacheDir, version), name: shown(from.url), sha256, url: new URL(from.url) }
}

/** Steps about the archive, up to its digest. */
function archiveSteps(options: HostWorkOptions, holds: DownloadHolds) {
  const { cacheDir, clock, idleMs = 30_000, retryMs = 500 } = options
  const fetch = async (url: URL, part: string, { signal, onProgress }: Job) => {
    const onBytes = (bytesDone: number, bytesTotal: number | undefined) => onProgress({ bytesDone, bytesTotal })
    return download({ url, part, clock, signal, idleMs, retryMs, onBytes })
  }
  const hold = async (url: URL, part: string, { bench, signal }: Job) => {
    if (bench.hold) return
    await openCache(cacheDir)
    const held = await holds.take(part, signal)
    if (!held) throw downloadFailed(url, 'another Cello on this machine is fetching it; wait for it')
    bench.hold = held
  }
  const check = (source: Source, { signal, onProgress }: Job) =>
    checkDigest(source, { signal, onBytes: (bytesDone, bytesTotal) => onProgress({ bytesDone, bytesTotal }) })
  return {
    'fetch-archive': async (job: Job) => {
      const { url, path } = sourceOf(cacheDir, job.request)
      if (!url) return probeArchive(path)
      await hold(url, path, job)
      job.bench.resumed = (await fetch(url, path, job)).resumed
    },
    'check-digest': async (job: Job) => {
      const source = sourceOf(cacheDir, job.request)
      const { url, path } = source
      if (!url) return check(source, job)
      await hold(url, path, job)
      const wrong = await check(source, job).catch(mismatchOnly)
      if (!wrong) return
      await discardPart(path)
      if (!job.bench.resumed) throw wrong
      // Two halves of different files, maybe: servers without etags cannot tell us.
      await fetch(url, path, job)
      await check(source, job).catch(async (again: unknown) => {
        await discardPart(path)
        throw again
      })
    },
  }
}

/** Steps about what is in the archive. */
function releaseSteps({ cacheDir }: HostWorkOptions) {
  return {
    'unpack-archive': async ({ request, bench, signal }: Job) => {
      await openCache(cacheDir)
      await bench.folder?.[Symbol.asyncDispose]()
      bench.folder = await freshFolder(cacheDir)
      await unpackChecked(sourceOf(cacheDir, request), bench.folder.path, signal)
    },
    'check-programs': async ({ request, bench, signal }: Job) => {
      const { version } = request
      await checkPrograms(join(unpacked(bench), 'bin'), { version, file: sourceOf(cacheDir, request).name, signal })
    },
    'place-release': async ({ request, bench }: Job) => {
      const { path, url, sha256 } = sourceOf(cacheDir, request)
      const folder = unpacked(bench)
      await noteArchive(folder, request.version, sha256)
      await chmod(folder, 0o755)
      await place(cacheDir, request.version, folder)
      if (url) await discardPart(path)
    },
  }
}

function mismatchOnly(error: unknown): PlatformError {
  if (error instanceof PlatformError && error.code === 'DIGEST_MISMATCH') return error
  throw error
}

function unpacked({ folder }: Bench): string {
  if (!folder) throw new Error('nothing was unpacked by this process')
  return folder.path
}

/** Without what follows a `?`: a mirror may want a password there. */
function shown(address: string): string {
  const { origin, pathname } = new URL(address)
  return `${origin}${pathname}`
}
