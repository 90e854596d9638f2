import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Bytes of a file above which it is emptied when its run is over: Raft's logs take 64 MB at once. */
const bigBytes = 1_000_000

/**
 * Where runs write: a folder each, all of them removed at the end. To remove one between two runs would slow down the later
 * one: ext4 without a journal looks, for each new file, past every file that was removed in the last minute (`recently_deleted`
 * in fs/ext4/ialloc.c), and a run leaves thousands.
 */
export interface RunFolders extends AsyncDisposable {
  /** Makes an empty one. */
  next(): Promise<string>
  /** Gives back the room that big files take; they stay, empty. */
  empty(folder: string): Promise<void>
}

export async function makeRunFolders(): Promise<RunFolders> {
  const root = await mkdtemp(join(tmpdir(), 'bench-'))
  return {
    next: () => mkdtemp(join(root, 'run-')),
    async empty(folder) {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name)
        if (entry.isFile() && (await stat(path)).size > bigBytes) await truncate(path)
      }
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}
