import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@cello/kit'
import type { HostRecord } from '@cello/ports'
import type { FabricCatalogue, FabricInstallView } from '@cello/usecases'
import { type CatalogueOptions, createFabricCatalogue } from '../catalogue.ts'
import { createFabricFinder, type FabricFinder } from '../find-fabric.ts'
import { tinyFabricProgram } from './tiny-program.ts'

export const host: HostRecord = { id: 'h1', name: 'local', driver: 'process', settings: {}, createdAt: 0 }

const silent = { info: () => {}, warn: () => {}, error: () => {} }

export interface World extends AsyncDisposable {
  readonly folder: string
  readonly cacheDir: string
  readonly finder: FabricFinder
  readonly catalogue: FabricCatalogue & AsyncDisposable
  /** What the cache holds, sorted, without what is being fetched. */
  cached(): Promise<string[]>
  /** Installs, and waits for the end. */
  install(request: Parameters<FabricCatalogue['install']>[1]): Promise<FabricInstallView>
}

/** A catalogue over an empty cache in a folder of its own. */
export async function makeWorld(
  options: Partial<CatalogueOptions> & { readonly configured?: string; readonly path?: readonly string[] } = {},
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'cello-fabric-'))
  const cacheDir = options.cacheDir ?? join(folder, 'cache')
  const { configured, path = [] } = options
  const finder = createFabricFinder({ configured, path, cacheDir })
  const catalogue = createFabricCatalogue({
    finder,
    clock: systemClock,
    log: silent,
    pinned: {},
    idleMs: 2000,
    retryMs: 1,
    ...options,
    cacheDir,
  })
  return {
    folder,
    cacheDir,
    finder,
    catalogue,
    cached: async () => {
      const names = await readdir(join(cacheDir, 'fabric'), { recursive: true }).catch(() => [])
      return names.filter((name) => !name.startsWith('.downloads')).sort()
    },
    install: async (request) => {
      const { id } = await catalogue.install(host, request, 'tester')
      return await ended(catalogue, id)
    },
    [Symbol.asyncDispose]: async () => {
      await catalogue[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function ended(catalogue: FabricCatalogue, id: string): Promise<FabricInstallView> {
  for (;;) {
    const view = await catalogue.progress(host)
    if (!view || view.id !== id) throw new Error('the installation is not told of')
    if (view.state !== 'running') return view
    await systemClock.sleep(5)
  }
}

/** A folder with `peer` and `orderer` that say they are of the version. */
export async function putFabric(folder: string, version: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const name of ['peer', 'orderer']) {
    await rm(join(folder, name), { force: true })
    await writeFile(join(folder, name), tinyFabricProgram(name, version), { mode: 0o755 })
    await chmod(join(folder, name), 0o755)
  }
  return folder
}
