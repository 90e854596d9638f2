import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isAlive } from '../fabric/cache-folder.ts'

/**
 * Makes a folder that is there whole or not at all, though others may make it at the same time: what is in it is the same
 * whoever does. Drafts of processes that were killed go.
 * @param make fills a draft beside it; @returns the folder to keep, the draft or one below it. What it throws is thrown
 */
export async function makeWhole(path: string, make: (draft: string) => Promise<string>): Promise<void> {
  const parent = dirname(path)
  await mkdir(parent, { recursive: true })
  await removeLeft(parent)
  const draft = await mkdtemp(join(parent, `.making-${process.pid}-`))
  try {
    const made = await make(draft)
    await rename(made, path).catch((error: unknown) => {
      if (!existsSync(path)) throw error // otherwise somebody else was faster
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function removeLeft(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /^\.making-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(parent, name), { recursive: true, force: true })
  }
}
