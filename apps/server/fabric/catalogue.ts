import { isAbsolute, join } from 'node:path'
import type { Clock } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { Log } from '@cello/orchestration'
import type { HostRecord } from '@cello/ports'
import type { FabricCatalogue, FabricInstallRequest, FabricReleaseView } from '@cello/usecases'
import { openCache } from './cache-folder.ts'
import { expectedDigest } from './expected-digest.ts'
import { chooseFabric, type FabricFinder, type FoundFabric } from './find-fabric.ts'
import { checkAddress } from './http-get.ts'
import { type Installation, installFabric, openArchive } from './install-fabric.ts'
import { Installations, type Work } from './installations.ts'
import { pinnedDigests } from './pinned-digests.ts'
import { archiveName, nodePrograms, officialReleases, platformName, refuseTooOld } from './release.ts'

export interface CatalogueOptions {
  readonly finder: FabricFinder
  /** Installations go below it. */
  readonly cacheDir: string
  readonly clock: Clock
  readonly log: Log
  /** Where releases are fetched from unless a request says otherwise; default: where the Fabric project publishes them. */
  readonly releases?: string
  /** By archive name; default: those that Cello ships. */
  readonly pinned?: Readonly<Record<string, string>>
  /** Milliseconds without a byte after which a server is given up; default 30 s. */
  readonly idleMs?: number
  /** Milliseconds before a cut connection is taken up again; default 500. */
  readonly retryMs?: number
}

/** Fabric on this machine: what is found, and what is fetched when somebody asks. Disposing ends what is being fetched. */
export function createFabricCatalogue(options: CatalogueOptions): FabricCatalogue & AsyncDisposable {
  const stop = new AbortController()
  const installations = new Installations(options.clock, options.log)
  const begin = async (request: FabricInstallRequest): Promise<Work> => {
    refuseTooOld(request.version)
    if (await isThere(options.finder, request)) return async () => {}
    const job = await prepare(options, request, stop.signal)
    return (onBytes) => installFabric({ ...job, onBytes })
  }
  return {
    list: async (host) => listReleases(options.finder, host),
    install: async (host, request, actor) => installations.install({ host, request, actor }, () => begin(request)),
    progress: async (host) => installations.newest(host),
    [Symbol.asyncDispose]: async () => {
      stop.abort(new PlatformError('STARTING'))
      await installations.ended()
    },
  }
}

async function listReleases(finder: FabricFinder, host: HostRecord): Promise<FabricReleaseView[]> {
  const found = await finder.find()
  const chosen = chooseFabric(found, host.fabricVersion)
  const isFirstOfItsKind = (fabric: FoundFabric) =>
    found.find(({ version, source }) => version === fabric.version && source === fabric.source) === fabric
  return Promise.all(
    found.filter(isFirstOfItsKind).map(async (fabric) => {
      const { version, source, folder } = fabric
      const programs = await Promise.all(
        nodePrograms.map(async (name) => ({ name, digest: (await finder.digest(join(folder, name))) ?? '' })),
      )
      return { version, source, chosen: fabric === chosen, programs }
    }),
  )
}

/** A version that lies in the cache already is not fetched again, unless somebody names where from. */
async function isThere(finder: FabricFinder, { version, file, url }: FabricInstallRequest): Promise<boolean> {
  if (file !== undefined || url !== undefined) return false
  return (await finder.find()).some((fabric) => fabric.source === 'cache' && fabric.version === version)
}

/** All that can be refused before the work begins is refused here. */
async function prepare(
  options: CatalogueOptions,
  request: FabricInstallRequest,
  signal: AbortSignal,
): Promise<Omit<Installation, 'onBytes'>> {
  const platform = platformName()
  if (platform !== 'linux-amd64' && platform !== 'linux-arm64') {
    throw new PlatformError('UNSUPPORTED', { feature: `Fabric on ${platform}`, reason: 'nodes run on Linux only' })
  }
  const { cacheDir, clock, pinned = pinnedDigests, idleMs = 30_000, retryMs = 500 } = options
  const { version, sha256: given } = request
  const source = await sourceOf(request, options.releases ?? officialReleases)
  await openCache(cacheDir)
  const url = 'url' in source ? source.url : undefined
  const sha256 = await expectedDigest(archiveName(version), { given, pinned, url, signal, idleMs })
  return { version, sha256, source, cacheDir, clock, signal, idleMs, retryMs }
}

async function sourceOf(
  { file, url, version }: FabricInstallRequest,
  releases: string,
): Promise<Installation['source']> {
  if (file === undefined) return { url: archiveAddress(url ?? releases, version) }
  if (url !== undefined) throw new PlatformError('INVALID_REQUEST', { detail: 'give a file or a url, not both' })
  if (!isAbsolute(file)) throw new PlatformError('INVALID_REQUEST', { detail: 'the file must be an absolute path' })
  await (await openArchive(file)).close()
  return { file }
}

/** An address is of an archive itself, or of a place that is laid out as the official one: `v<version>/<archive>` below it. */
function archiveAddress(text: string, version: string): URL {
  const url = checkAddress(text)
  if (!/\.(?:tar\.gz|tgz)$/.test(url.pathname)) {
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/v${version}/${archiveName(version)}`
  }
  return url
}
