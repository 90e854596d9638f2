/** Installed packages on disk: `<label>.<hash>.tar.gz` in one folder, as Fabric lays them out. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../sync-folder.ts'
import { packageIdOf } from './install-package.ts'

export interface StoredPackage {
  /** `label:hash`. */
  readonly id: string
  readonly label: string
}

export interface PackageStore {
  /** Ids of all, in their order. */
  list(): Promise<readonly StoredPackage[]>
  /** Whole or not at all, whenever the program is killed; again: the same. */
  save(label: string, bytes: Uint8Array): Promise<StoredPackage>
  /** @throws Error in Fabric's words where there is none */
  load(id: string): Promise<Uint8Array>
  remove(id: string): Promise<void>
}

/** As Fabric names what it has not written whole. */
const unfinished = '.ccpackage.'
const fileForm = /^(.+)\.([0-9a-f]{64})\.tar\.gz$/

/** @param folder `lifecycle/chaincodes` below `peer.fileSystemPath`; made if it is not there */
export async function openPackageStore(folder: string): Promise<PackageStore> {
  await mkdir(folder, { recursive: true, mode: 0o750 })
  for (const name of await readdir(folder)) {
    if (name.startsWith(unfinished)) await rm(join(folder, name), { force: true })
  }
  const pathOf = (id: string) => join(folder, `${id.replace(':', '.')}.tar.gz`)
  return {
    async list() {
      const names = await readdir(folder)
      return names.sort().flatMap((name) => {
        const [, label, hash] = fileForm.exec(name) ?? []
        return label === undefined || hash === undefined ? [] : [{ id: `${label}:${hash}`, label }]
      })
    },
    async save(label, bytes) {
      const id = packageIdOf(label, bytes)
      const making = join(folder, `${unfinished}${id.replace(':', '.')}`)
      await writeFile(making, bytes, { flush: true })
      await rename(making, pathOf(id))
      await syncFolder(folder)
      return { id, label }
    },
    async load(id) {
      try {
        // An id from a client is no path: only what is listed here can be loaded.
        if (!fileForm.test(`${id.replace(':', '.')}.tar.gz`) || /[/\\\0]/.test(id)) throw new Error('no package id')
        return await readFile(pathOf(id))
      } catch (error) {
        throw new Error(`chaincode install package '${id}' not found`, { cause: error })
      }
    },
    remove: (id) => rm(pathOf(id), { force: true }),
  }
}
