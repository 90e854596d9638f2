/**
 * `npm run lockfile`: writes package-lock.json anew from the package.json files, and completes it.
 *
 * npm leaves an optional package out of the lockfile where the registry it asked does not hold that very version (a
 * mirror that keeps what its own systems need), and `npm ci` then refuses the whole lockfile, everywhere. The lines
 * that it left out are written here: name, version, system and processor are in the line that asks for the package.
 * They carry no digest, and are for systems that Cello does not run on.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface LockEntry {
  version?: string
  integrity?: string
  resolved?: string
  dev?: boolean
  optional?: boolean
  link?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

export interface Lockfile {
  packages: Record<string, LockEntry>
}

/** What each optional dependency without an entry needs: path in the lockfile → its entry. */
export function missingEntries(lockfile: Lockfile): Map<string, LockEntry> {
  const missing = new Map<string, LockEntry>()
  for (const [path, entry] of Object.entries(lockfile.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!isResolved(lockfile, path, name)) missing.set(`node_modules/${name}`, entryOf(name, version, entry))
    }
  }
  return missing
}

/** Node's own search: beside the package that asks, then in each folder above it. */
function isResolved(lockfile: Lockfile, asker: string, name: string): boolean {
  const folders = asker === '' ? [] : asker.split('/node_modules/')
  for (let depth = folders.length; depth >= 0; depth--) {
    const above = folders.slice(0, depth).join('/node_modules/')
    if (Object.hasOwn(lockfile.packages, above === '' ? `node_modules/${name}` : `${above}/node_modules/${name}`))
      return true
  }
  return Object.hasOwn(lockfile.packages, `node_modules/${name}`)
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const processors = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32']

function entryOf(name: string, version: string, asker: LockEntry): LockEntry {
  const words = name.split(/[/-]/)
  const os = systems.filter((system) => words.includes(system))
  const cpu = processors.filter((processor) => words.includes(processor))
  if (os.length !== 1 || cpu.length !== 1) {
    throw new Error(`${name}@${version} is not in the registry, and its name does not say for which system it is`)
  }
  const musl = words.some((word) => word.startsWith('musl'))
  return {
    version,
    cpu,
    ...(asker.dev === true ? { dev: true } : {}),
    ...(musl ? { libc: ['musl'] } : {}),
    optional: true,
    os,
  }
}

/** The same lockfile with the missing entries, in npm's order. */
export function completed(lockfile: Lockfile): Lockfile {
  const all = [...Object.entries(lockfile.packages), ...missingEntries(lockfile)]
  const sorted = all.toSorted(([a], [b]) => a.localeCompare(b, 'en'))
  return { ...lockfile, packages: Object.fromEntries(sorted) }
}

function main(): void {
  const root = join(import.meta.dirname, '..')
  const file = join(root, 'package-lock.json')
  const args = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (npm.status !== 0) throw new Error('npm could not make the lockfile')
  const lockfile: Lockfile = JSON.parse(readFileSync(file, 'utf8'))
  const added = missingEntries(lockfile).size
  writeFileSync(file, `${JSON.stringify(completed(lockfile), undefined, 2)}\n`)
  console.log(`package-lock.json is written; ${added} packages of other systems were added to it by hand`)
}

if (import.meta.main) main()
