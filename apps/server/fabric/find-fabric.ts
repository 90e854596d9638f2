import { execFile } from 'node:child_process'
import { access, constants, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A Hyperledger Fabric on this machine: a folder with `peer` and `orderer` of one version. */
export interface FoundFabric {
  readonly version: string
  readonly source: 'configured' | 'path' | 'cache'
  readonly folder: string
}

export interface FabricPlaces {
  /** CELLO_FABRIC: the folder itself, or the one that has it as `bin`. */
  readonly configured?: string | undefined
  /** Folders of PATH. */
  readonly path: readonly string[]
  readonly cacheDir: string
}

const run = promisify(execFile)

/** `peer version` of the folder, or undefined where it cannot be started. A hung program is no answer either: milliseconds. */
const versionMs = 10_000

/** Fabric's name of this machine: `linux-amd64`. */
export function platformName(platform: string = process.platform, arch: string = process.arch): string {
  return `${platform}-${arch === 'x64' ? 'amd64' : arch}`
}

/** Where a version lies in the cache. */
export function cachedFabric(cacheDir: string, version: string): string {
  return join(cacheDir, 'fabric', version, platformName(), 'bin')
}

/** Every Fabric that is found, in the order of choice: configured, PATH, cache (newest first). Nothing is downloaded. */
export async function findFabric(places: FabricPlaces): Promise<FoundFabric[]> {
  const configured = places.configured ? [places.configured, join(places.configured, 'bin')] : []
  const candidates = [
    ...configured.map((folder) => ({ folder, source: 'configured' as const })),
    ...places.path.map((folder) => ({ folder, source: 'path' as const })),
    ...(await cachedFolders(places.cacheDir)).map((folder) => ({ folder, source: 'cache' as const })),
  ]
  const found = await Promise.all(
    candidates.map(async ({ folder, source }) => {
      const version = await fabricVersion(folder)
      return version === undefined ? [] : [{ version, source, folder }]
    }),
  )
  return found.flat()
}

async function cachedFolders(cacheDir: string): Promise<string[]> {
  const versions = await readdir(join(cacheDir, 'fabric')).catch(() => [])
  return versions
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .sort(newestFirst)
    .map((version) => cachedFabric(cacheDir, version))
}

/** Compares versions such as 2.5.16 and 3.1.5 by their numbers. */
export function newestFirst(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  const index = [0, 1, 2].find((part) => left?.[part] !== right?.[part]) ?? 0
  return (right?.[index] ?? 0) - (left?.[index] ?? 0)
}

async function fabricVersion(folder: string): Promise<string | undefined> {
  try {
    for (const name of ['peer', 'orderer']) await access(join(folder, name), constants.X_OK)
    const { stdout } = await run(join(folder, 'peer'), ['version'], { timeout: versionMs, env: {} })
    return /^\s*Version: v?(\d+\.\d+\.\d+)/m.exec(stdout)?.[1]
  } catch {
    return undefined
  }
}
