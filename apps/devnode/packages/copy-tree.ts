/** What a builder made, kept (core/container/externalbuilder/copy.go). */
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'

/** Copies folders, files and links that stay inside. @throws Error in Fabric's words on anything else */
export async function copyTree(from: string, to: string): Promise<void> {
  try {
    await copy(from, from, to)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`failed to copy ${from} to ${to}: ${reason}`, { cause: error })
  }
}

async function copy(root: string, from: string, to: string): Promise<void> {
  const found = await lstat(from)
  if (found.isDirectory()) {
    await mkdir(to, { recursive: true })
    await chmod(to, found.mode)
    for (const name of await readdir(from)) await copy(root, join(from, name), join(to, name))
  } else if (found.isSymbolicLink()) {
    await copyLink(root, from, to)
  } else if (found.isFile()) {
    await copyFile(from, to)
  } else {
    throw new Error(`refusing to copy unsupported file ${from} with mode ${found.mode.toString(8)}`)
  }
}

async function copyLink(root: string, from: string, to: string): Promise<void> {
  const target = await readlink(from)
  if (isAbsolute(target)) throw new Error(`refusing to copy absolute symlink ${from} -> ${target}`)
  const [first] = relative(root, resolve(dirname(from), target)).split('/')
  if (first === '..') throw new Error(`refusing to copy symlink ${from} -> ${target} pointing outside of source root`)
  await symlink(target, to)
}
