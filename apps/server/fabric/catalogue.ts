import { isAbsolute, join } from 'node:path'
import { type InstallFabricRequest, PlatformError } from '@cello/model'
import type { HostRecord } from '@cello/ports'
import type { FabricCatalogue, FabricInstallRequest, FabricReleaseView } from '@cello/usecases'
import { archiveOf, openCache } from './cache-folder.ts'
import { expectedDigest } from './expected-digest.ts'
import { chooseFabric, type FabricFinder, type FoundFabric } from './find-fabric.ts'
import { checkAddress } from './http-get.ts'
import { probeArchive } from './judge-archive.ts'
import { pinnedDigests } from './pinned-digests.ts'
import { archiveName, nodePrograms, officialReleases, platformName, refuseTooOld } from './release.ts'

export interface CatalogueOptions {
  readonly finder: FabricFinder
  /** Installations go below it. */
  readonly cacheDir: string
  /** Where releases are fetched from unless a request says otherwise; default: where the Fabric project publishes them. */
  readonly releases?: string
  /** By archive name; default: those that Cello ships. */
  readonly pinned?: Readonly<Record<string, string>>
  /** Milliseconds without a byte after which a server is given up; default 30 s. */
  readonly idleMs?: number
}

/** Fabric on this machine: what is found, and what may be installed. `HostWork` installs it. */
export function createFabricCatalogue(options: CatalogueOptions): FabricCatalogue {
  return {
    list: async (host) => listReleases(options.finder, host),
    unsuitable: async () => options.finder.unsuitable(),
    prepare: async (_host, wanted, { signal } = {}) => prepare(options, wanted, signal),
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

/** All that can be refused before the work begins is refused here. */
async function prepare(
  options: CatalogueOptions,
  wanted: FabricInstallRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<InstallFabricRequest> {
  const { version, sha256: given } = wanted
  refuseTooOld(version)
  const { cacheDir, pinned = pinnedDigests, idleMs = 30_000 } = options
  if (await isThere(options, wanted)) return { kind: 'install-fabric', version }
  const platform = platformName()
  if (platform !== 'linux-amd64' && platform !== 'linux-arm64') {
    throw new PlatformError('UNSUPPORTED', { feature: `Fabric on ${platform}`, reason: 'nodes run on Linux only' })
  }
  const from = await sourceOf(wanted, options.releases ?? officialReleases)
  await openCache(cacheDir)
  const url = 'url' in from ? new URL(from.url) : undefined
  const sha256 = await expectedDigest(archiveName(version), { given, pinned, url, signal, idleMs })
  return { kind: 'install-fabric', version, from, sha256 }
}

/** A version that lies in the cache already is not fetched again, unless somebody says what it must be made of. */
async function isThere({ finder, cacheDir }: CatalogueOptions, wanted: FabricInstallRequest): Promise<boolean> {
  const { version, file, url, sha256 } = wanted
  if (file !== undefined || url !== undefined) return false
  const cached = (await finder.find()).some((fabric) => fabric.source === 'cache' && fabric.version === version)
  if (!cached || sha256 === undefined) return cached
  const archive = await archiveOf(cacheDir, version)
  // One that was unpacked by hand tells nothing of its archive.
  return archive === undefined || archive === sha256
}

async function sourceOf(
  { file, url, version }: FabricInstallRequest,
  releases: string,
): Promise<NonNullable<InstallFabricRequest['from']>> {
  if (file === undefined) return { url: archiveAddress(url ?? releases, version).href }
  if (url !== undefined) throw new PlatformError('INVALID_REQUEST', { detail: 'give a file or a url, not both' })
  if (!isAbsolute(file)) throw new PlatformError('INVALID_REQUEST', { detail: 'the file must be an absolute path' })
  await probeArchive(file)
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
