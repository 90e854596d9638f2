import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { CommandError, exitCodes } from './exit-codes.ts'

/** Never part of a contract: installed, secret, or of the machine. */
const leftOut =
  /^(node_modules|\.git|\.hg|\.svn|\.idea|\.vscode|\.npmrc|\.env(\..*)?|\.nyc_output|coverage|\.DS_Store|.*\.log)$/
/** Made by the compiler, which runs again on the server. */
const compiled = /^(dist|build|out)$/
const maxBytes = 64 * 1024 * 1024

export interface PackOptions {
  /** Take what is built, with its node_modules, as it is. */
  readonly built?: boolean | undefined
}

/**
 * A contract's folder as tar.gz: package.json, lockfile and sources. Equal folders give equal bytes (sorted, no times, no owners).
 * @throws CommandError when it is no contract's folder.
 */
export async function packFolder(given: string, { built = false }: PackOptions = {}): Promise<Uint8Array> {
  const folder = resolve(given)
  if (!(await stat(join(folder, 'package.json')).catch(() => undefined))) {
    throw new CommandError(
      exitCodes.usage,
      `${given} holds no package.json, so it is no contract in JavaScript or TypeScript.`,
      'Give the folder of one, or run it yourself and say --address localhost:PORT.',
    )
  }
  const isTypeScript = (await stat(join(folder, 'tsconfig.json')).catch(() => undefined)) !== undefined
  const skips = (name: string, depth: number) =>
    built ? /^(\.git|\.npmrc)$/.test(name) : leftOut.test(name) || (isTypeScript && depth === 0 && compiled.test(name))
  const archive = pack()
  const bytes = buffer(archive)
  for (const path of await filesBelow(folder, skips)) {
    const { mode } = await stat(join(folder, path))
    const header = { name: path, mode: mode & 0o100 ? 0o755 : 0o644, mtime: new Date(0) }
    archive.entry(header, await readFile(join(folder, path)))
  }
  archive.finalize()
  const zipped = gzipSync(await bytes)
  if (zipped.length > maxBytes) {
    throw new CommandError(exitCodes.usage, `${given} packs to more than ${maxBytes / 1024 / 1024} MiB.`)
  }
  return zipped
}

async function filesBelow(
  folder: string,
  skips: (name: string, depth: number) => boolean,
  path = '',
  depth = 0,
): Promise<string[]> {
  const entries = (await readdir(join(folder, path), { withFileTypes: true })).filter(({ name }) => !skips(name, depth))
  const found: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = path === '' ? entry.name : `${path}/${entry.name}`
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, skips, below, depth + 1)))
    else if (entry.isFile()) found.push(below)
    // `node_modules/.bin` is made of links, and nothing at run time needs it.
    else if (entry.isSymbolicLink() && /(^|\/)node_modules\/\.bin\//.test(below)) continue
    else throw new CommandError(exitCodes.usage, `${below} is a link or device; a contract is made of files.`)
  }
  return found
}
