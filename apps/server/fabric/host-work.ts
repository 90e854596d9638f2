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
import { checkDigest, type ExpectedArchive, openArchive, unpackChecked } from './judge-archive.ts'
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
  const holds = new DownloadHolds()
  const steps = stepsOver(options, holds)
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

function stepsOver(options: HostWorkOptions, holds: DownloadHolds) {
  const { cacheDir, clock, idleMs = 30_000, retryMs = 500 } = options
  const sourceOf = ({ version, from, sha256 }: InstallFabricRequest): Source => {
    // It was there when this was asked, and somebody has removed it since.
    if (!from || sha256 === undefined) throw new PlatformError('DIGEST_UNKNOWN', { file: `Fabric ${version}` })
    if ('file' in from) return { path: from.file, name: from.file, sha256, url: undefined }
    return { path: downloadOf(cacheDir, version), name: shown(from.url), sha256, url: new URL(from.url) }
  }
  const fetch = async ({ path, url }: Source & { readonly url: URL }, { signal, onProgress }: Job) => {
    const onBytes = (bytesDone: number, bytesTotal: number | undefined) => onProgress({ bytesDone, bytesTotal })
    return download({ url, part: path, clock, signal, idleMs, retryMs, onBytes })
  }
  const hold = async ({ path, url }: Source, { bench, signal }: Job) => {
    if (!url || bench.hold) return
    await openCache(cacheDir)
    const held = await holds.take(path, signal)
    if (!held) throw downloadFailed(url, 'another Cello on this machine is fetching it; wait for it')
    bench.hold = held
  }
  return {
    'fetch-archive': async (job: Job) => {
      const source = sourceOf(job.request)
      await hold(source, job)
      const { url } = source
      if (url) job.bench.resumed = (await fetch({ ...source, url }, job)).resumed
      else await (await openArchive(source.path)).close()
    },
    'check-digest': async (job: Job) => {
      const source = sourceOf(job.request)
      await hold(source, job)
      const { signal, onProgress } = job
      const onBytes = (bytesDone: number, bytesTotal: number) => onProgress({ bytesDone, bytesTotal })
      try {
        await checkDigest(source, { signal, onBytes })
      } catch (error) {
        const { url } = source
        if (!url || !(error instanceof PlatformError) || error.code !== 'DIGEST_MISMATCH') throw error
        await discardPart(source.path)
        if (!job.bench.resumed) throw error
        // Two halves of different files, maybe: servers without etags cannot tell us.
        await fetch({ ...source, url }, job)
        await checkDigest(source, { signal, onBytes }).catch(async (again: unknown) => {
          await discardPart(source.path)
          throw again
        })
      }
    },
    'unpack-archive': async (job: Job) => {
      await openCache(cacheDir)
      await job.bench.folder?.[Symbol.asyncDispose]()
      job.bench.folder = await freshFolder(cacheDir)
      await unpackChecked(sourceOf(job.request), job.bench.folder.path, job.signal)
    },
    'check-programs': async ({ request, bench, signal }: Job) => {
      const { version } = request
      const file = sourceOf(request).name
      await checkPrograms(join(unpacked(bench), 'bin'), { version, file, signal })
    },
    'place-release': async ({ request, bench }: Job) => {
      const { path, url, sha256 } = sourceOf(request)
      const folder = unpacked(bench)
      await noteArchive(folder, request.version, sha256)
      await chmod(folder, 0o755)
      await place(cacheDir, request.version, folder)
      if (url) await discardPart(path)
    },
  }
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
