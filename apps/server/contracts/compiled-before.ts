import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { makeWhole } from './whole-folder.ts'

export interface CompiledBefore {
  /** What was made is found here again; may be shared with other servers. */
  readonly cacheFolder: string
  /** All that the result hangs on beside the folder's files: compiler, options, declarations of dependencies. */
  readonly with: readonly string[]
}

/** A few kilobytes each; the oldest go. */
const keptResults = 100

/**
 * Runs the compiler on a folder of sources, unless these very files were compiled before with the same: then what it wrote is put there.
 * @param compile writes into the folder; @returns paths below it of what it wrote. What it throws is thrown, and nothing kept
 */
export async function compileOnce(
  folder: string,
  before: CompiledBefore,
  compile: () => Promise<readonly string[]>,
): Promise<void> {
  const results = join(before.cacheFolder, 'compiled')
  const path = join(results, await digestOf(folder, before.with))
  if (existsSync(path)) {
    await copyFiles(path, folder, await filesIn(path))
    await utimes(path, new Date(), new Date())
    return
  }
  const written = await compile()
  await makeWhole(path, async (draft) => {
    await copyFiles(folder, draft, written)
    return draft
  })
  await removeOldest(results)
}

async function digestOf(folder: string, more: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(more))
  for (const file of (await filesIn(folder)).sort()) {
    const content = await readFile(join(folder, file))
    hash.update(`\0${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex').slice(0, 32)
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
}

async function copyFiles(from: string, to: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(to, file)), { recursive: true })
    await copyFile(join(from, file), join(to, file))
  }
}

async function removeOldest(results: string): Promise<void> {
  const names = (await readdir(results)).filter((name) => !name.startsWith('.'))
  if (names.length <= keptResults) return
  const dated = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(results, name))).mtimeMs })))
  const oldest = dated.sort((a, b) => a.at - b.at).slice(0, -keptResults)
  await Promise.all(oldest.map(({ name }) => rm(join(results, name), { recursive: true, force: true })))
}
