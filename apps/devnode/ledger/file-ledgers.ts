/** Channels on disk: `<root>/chains/<channel>/blocks`, and `<root>/joins/<channel>` for channels joined late. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../sync-folder.ts'
import { blockRecord, openBlockFile } from './block-file.ts'
import type { BlockStore, JoinBlocks, Ledgers } from './block-store.ts'

/** No channel's name begins with a dot: what a crash left half made or half removed. */
const unfinished = '.'

/** @param root `FileLedger.Location` */
export function fileLedgers(root: string): Ledgers {
  const chains = join(root, 'chains')
  return {
    async open() {
      const found = new Map<string, BlockStore>()
      for (const name of await settledNames(chains)) found.set(name, await openBlockFile(join(chains, name, 'blocks')))
      return found
    },
    async create(channel, genesis) {
      const making = join(chains, `${unfinished}${channel}`)
      await rm(making, { recursive: true, force: true })
      await mkdir(making, { recursive: true })
      await writeSynced(join(making, 'blocks'), blockRecord(genesis))
      await syncFolder(making)
      await rename(making, join(chains, channel))
      await syncFolder(chains)
      return openBlockFile(join(chains, channel, 'blocks'))
    },
    async remove(channel) {
      const going = join(chains, `${unfinished}${channel}`)
      await rename(join(chains, channel), going)
      await syncFolder(chains)
      await rm(going, { recursive: true, force: true })
    },
    joins: joinFiles(join(root, 'joins')),
  }
}

function joinFiles(folder: string): JoinBlocks {
  return {
    async list() {
      const found = new Map<string, Uint8Array>()
      for (const name of await settledNames(folder)) found.set(name, await readFile(join(folder, name)))
      return found
    },
    async save(channel, configBlock) {
      await mkdir(folder, { recursive: true })
      const making = join(folder, `${unfinished}${channel}`)
      await writeSynced(making, configBlock)
      await rename(making, join(folder, channel))
      await syncFolder(folder)
    },
    async remove(channel) {
      await rm(join(folder, channel), { force: true })
      await syncFolder(folder)
    },
  }
}

/** Names in a folder, which is made if it is not there; what is unfinished is removed. */
async function settledNames(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const names = await readdir(folder)
  for (const name of names) {
    if (name.startsWith(unfinished)) await rm(join(folder, name), { recursive: true, force: true })
  }
  return names.filter((name) => !name.startsWith(unfinished)).sort()
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, bytes, { flush: true })
}
