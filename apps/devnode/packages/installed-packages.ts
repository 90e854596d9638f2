/** The packages of this peer: stored, built, and asked where their contract answers (core/chaincode/lifecycle, core/container). */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContractConnection, InstalledPackage } from '../lifecycle/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { ExternalBuilder } from '../settings/peer-lists.ts'
import { builderPrograms } from './builder-program.ts'
import { type Builds, openBuilds } from './builds.ts'
import { readConnectionJson } from './connection-json.ts'
import { checkCode, type InstallPackage, packageIdOf, readInstallPackage } from './install-package.ts'
import { openPackageStore, type PackageStore, type StoredPackage } from './package-store.ts'
import { isServicePackage, readServicePackage } from './service-package.ts'

export interface PackageOptions {
  /** `peer.fileSystemPath`: packages lie in `lifecycle/chaincodes`, what builders made in `externalbuilder/builds`. */
  readonly folder: string
  readonly builders: readonly ExternalBuilder[]
  /** The program's variables, for builders. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Longest run of one program of a builder. */
  readonly installTimeoutMs: number
  readonly log: Log
}

export interface InstalledPackages {
  /** In the order of their ids. */
  list(): readonly InstalledPackage[]
  get(id: string): InstalledPackage | undefined
  /** Checks, stores and builds. @throws Error in Fabric's words, also when it is installed already */
  install(bytes: Uint8Array): Promise<InstalledPackage>
  /** The package as it was installed. @throws Error in Fabric's words where it is not */
  load(id: string): Promise<Uint8Array>
}

interface Parts {
  readonly store: PackageStore
  readonly builds: Builds
  readonly environment: PackageOptions['environment']
}

export async function openInstalledPackages(options: PackageOptions): Promise<InstalledPackages> {
  const { folder, environment, log } = options
  const programs = options.builders.map((builder) =>
    builderPrograms(builder, { environment, timeoutMs: options.installTimeoutMs, log }),
  )
  const store = await openPackageStore(join(folder, 'lifecycle', 'chaincodes'))
  const builds = await openBuilds(join(folder, 'externalbuilder', 'builds'), programs)
  const parts: Parts = { store, builds, environment }
  const installed = new Map<string, InstalledPackage>()
  const registry = new Map<string, Promise<Built>>()
  const built = (id: string) => registry.get(id) ?? begin(registry, id, parts)
  const packageOf = ({ id, label }: StoredPackage): InstalledPackage => ({
    id,
    label,
    async connection() {
      const found = await built(id).catch((error) => Promise.reject(wrapped('error building image', error)))
      return found()
    },
  })
  for (const stored of await store.list()) installed.set(stored.id, packageOf(stored))
  const inTurn = turns()
  return {
    list: () => [...installed.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    get: (id) => installed.get(id),
    load: (id) => store.load(id).catch((error) => Promise.reject(wrapped('could not load cc install package', error))),
    async install(bytes) {
      const contents = await checked(bytes)
      const id = packageIdOf(contents.label, bytes)
      return inTurn(id, async () => {
        if (await isBuilt(id, installed, built)) {
          throw new Error(`chaincode already successfully installed (package ID '${id}')`)
        }
        const stored = await store.save(contents.label, bytes)
        try {
          await begin(registry, id, parts)
        } catch (error) {
          installed.delete(id)
          await store.remove(id)
          throw wrapped('could not build chaincode', error)
        }
        const found = packageOf(stored)
        installed.set(id, found)
        log.info('Successfully installed chaincode', { package: id })
        return found
      })
    },
  }
}

/** Reads anew, each time, where a built contract answers: a builder's file may be written anew with the peer's identity. */
type Built = () => Promise<ContractConnection>

function begin(registry: Map<string, Promise<Built>>, id: string, parts: Parts): Promise<Built> {
  const building = build(id, parts)
  registry.set(id, building)
  // A failed build is told to those who wait for it, and begun again by the next who asks.
  building.catch(() => registry.get(id) === building && registry.delete(id))
  return building
}

async function build(id: string, { store, builds, environment }: Parts): Promise<Built> {
  const contents = async () => readInstallPackage(await store.load(id))
  const release = await released(id, builds, contents)
  if (release !== undefined) return () => readRelease(release)
  const unbuilt = await contents()
  if (!isServicePackage(unbuilt)) throw new Error('no DockerBuilder, cannot build')
  await readServicePackage(unbuilt, environment)
  return async () => readServicePackage(await contents(), environment)
}

async function released(
  id: string,
  builds: Builds,
  contents: () => Promise<InstallPackage>,
): Promise<string | undefined> {
  try {
    return (await builds.find(id)) ?? (await builds.build(id, await contents()))
  } catch (error) {
    throw wrapped('external builder failed', error)
  }
}

async function readRelease(release: string): Promise<ContractConnection> {
  const path = join(release, 'chaincode', 'server', 'connection.json')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(
      'UNIMPLEMENTED: the builder released no chaincode/server/connection.json, and the devnode starts no contracts itself',
      { cause: error },
    )
  }
  return readConnectionJson(text, path)
}

async function checked(bytes: Uint8Array): Promise<InstallPackage> {
  try {
    const contents = await readInstallPackage(bytes)
    await checkCode(contents)
    return contents
  } catch (error) {
    throw wrapped('could not parse as a chaincode install package', error)
  }
}

async function isBuilt(
  id: string,
  installed: ReadonlyMap<string, InstalledPackage>,
  built: (id: string) => Promise<Built>,
): Promise<boolean> {
  if (!installed.has(id)) return false
  try {
    await built(id)
    return true
  } catch {
    return false // it is built once more, now that somebody asks for it
  }
}

/** Runs what concerns one id one after another. */
function turns() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(id: string, act: () => Promise<T>): Promise<T> => {
    const before = last.get(id) ?? Promise.resolve()
    const mine = before.then(act, act)
    last.set(id, mine)
    try {
      return await mine
    } finally {
      if (last.get(id) === mine) last.delete(id)
    }
  }
}

function wrapped(what: string, error: unknown): Error {
  return new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
}
