import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { UnsuitableFabric } from '@cello/usecases'
import { machineOf, otherMachine } from './check-programs.ts'
import { programVersion } from './program-version.ts'
import { isTooOld, newestFirst, platformName } from './release.ts'
import { RememberedByFile } from './remembered-by-file.ts'

/** A Hyperledger Fabric on this machine: a folder with `peer` and `orderer` of one version. */
export interface FoundFabric {
  readonly version: string
  readonly source: 'configured' | 'path' | 'cache'
  readonly folder: string
}

export interface FabricPlaces {
  /** CELLO_FABRIC: the folder itself, or the one that has it as `bin`. */
  readonly configured?: string | undefined
  /** Folders of PATH; absolute. */
  readonly path: readonly string[]
  readonly cacheDir: string
}

/** Looks for Fabric on this machine. What it found out about a file holds until the file changes: a second look takes milliseconds. */
export interface FabricFinder {
  /** Every Fabric that is found, in the order of choice: configured, PATH, cache (newest first). Nothing is downloaded. */
  find(): Promise<FoundFabric[]>
  /** SHA-256 of a program, lower-case hex; undefined where it is gone. */
  digest(program: string): Promise<string | undefined>
  /** Each `peer` beside an `orderer` that is no Fabric for this machine, and why. */
  unsuitable(): Promise<UnsuitableFabric[]>
}

export function createFabricFinder(places: FabricPlaces): FabricFinder {
  const versions = new RememberedByFile((path) => programVersion(path))
  const present = new RememberedByFile(async () => true)
  const digests = new RememberedByFile(fileDigest)
  const versionIn = async (folder: string): Promise<string | undefined> => {
    if (!(await present.of(join(folder, 'orderer')))) return undefined
    // A program that cannot be started here is no Fabric for us.
    return await versions.of(join(folder, 'peer')).catch(() => undefined)
  }
  return {
    find: async () => {
      const found = await Promise.all(
        (await candidates(places)).map(async ({ folder, source }) => {
          const version = await versionIn(folder)
          return version === undefined ? [] : [{ version, source, folder }]
        }),
      )
      return found.flat()
    },
    digest: (program) => digests.of(program),
    unsuitable: async () => {
      const folders = new Set((await candidates(places)).map(({ folder }) => folder))
      const found = await Promise.all(
        [...folders].map(async (folder) => {
          const program = join(folder, 'peer')
          const isThere = (await present.of(program)) && (await present.of(join(folder, 'orderer')))
          if (!isThere || (await versionIn(folder)) !== undefined) return []
          const machine = await machineOf(program).catch(() => 'none')
          return [
            { program, reason: machine === 'other' ? otherMachine : 'it does not start, or does not say its version' },
          ]
        }),
      )
      return found.flat()
    },
  }
}

/**
 * The one that a network gets: of the version asked for; where none was, the first that is not too old for us. An old one
 * that somebody configured is not passed over in silence, so it is returned for whoever asked to refuse.
 */
export function chooseFabric(found: readonly FoundFabric[], version: string | undefined): FoundFabric | undefined {
  if (version !== undefined) return found.find((fabric) => fabric.version === version)
  return found.find((fabric) => fabric.source === 'configured' || !isTooOld(fabric.version)) ?? found[0]
}

/** Where a version lies in the cache: `bin` and `config` are in it. */
export function cachedRelease(cacheDir: string, version: string): string {
  return join(cacheDir, 'fabric', version, platformName())
}

async function candidates(places: FabricPlaces): Promise<Omit<FoundFabric, 'version'>[]> {
  const configured = places.configured ? [places.configured, join(places.configured, 'bin')] : []
  return [
    ...configured.map((folder) => ({ folder, source: 'configured' as const })),
    ...[...new Set(places.path)].map((folder) => ({ folder, source: 'path' as const })),
    ...(await cachedFolders(places.cacheDir)).map((folder) => ({ folder, source: 'cache' as const })),
  ]
}

async function cachedFolders(cacheDir: string): Promise<string[]> {
  const versions = await readdir(join(cacheDir, 'fabric')).catch(() => [])
  return versions
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .sort(newestFirst)
    .map((version) => join(cachedRelease(cacheDir, version), 'bin'))
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
