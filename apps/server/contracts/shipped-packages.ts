import { existsSync, readFileSync } from 'node:fs'
import { constants, copyFile, mkdir, readdir, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { admits } from './version-range.ts'

/** One npm package of ours that contracts may use without a network. */
export interface ShippedPackage {
  readonly name: string
  readonly version: string
  /** Where it is installed here. */
  readonly source: string
  /** Where it goes, below a contract's node_modules: `long`, or `color-string/node_modules/color-name`. */
  readonly place: string
}

const roots = ['fabric-contract-api', 'fabric-shim']

/** Folders and files of packages that nothing loads at run time; licences stay. */
const unneededFolder = /^(\.nyc_output|\.rush|coverage|docs?|tests?|__tests__|examples?|node_modules)$/
const unneededFile = /\.(d\.[cm]?ts|ts|map|md|markdown|flow|log|xml|html|css|yml|yaml|tgz)$/i
const legal = /^(licen[cs]e|notice|copying|copyright|authors)/i

/**
 * fabric-contract-api and fabric-shim as installed with us, and all that they depend on (type declarations left out), each
 * placed as high in a node_modules folder as versions allow.
 */
export function shippedPackages(): ShippedPackage[] {
  const placed = new Map<string, ShippedPackage>()
  const ours = dirname(createRequire(import.meta.url).resolve('fabric-shim/package.json'))
  const queue = roots.map((name) => ({ name, from: ours, place: '' }))
  for (let item = queue.shift(); item; item = queue.shift()) {
    const source = installedAt(item.name, item.from)
    const { version, dependencies } = readPackage(source)
    if (visibleFrom(item.place, item.name, placed)?.version === version) continue
    const place = placed.has(item.name) ? `${item.place}/node_modules/${item.name}` : item.name
    placed.set(place, { name: item.name, version, source, place })
    for (const name of dependencies) queue.push({ name, from: source, place })
  }
  return [...placed.values()]
}

/** Names of dependencies that the shipped packages do not satisfy. */
export function unshipped(
  dependencies: Readonly<Record<string, string>>,
  shipped: readonly ShippedPackage[],
): string[] {
  const top = new Map(shipped.filter(({ name, place }) => name === place).map(({ name, version }) => [name, version]))
  return Object.entries(dependencies)
    .filter(([name, range]) => !admits(range, top.get(name) ?? ''))
    .map(([name]) => name)
}

/** Copies them into `<folder>/node_modules`. */
export async function copyShipped(shipped: readonly ShippedPackage[], folder: string): Promise<void> {
  for (const { source, place } of shipped) await copyPackage(source, join(folder, 'node_modules', place))
}

/** Makes them, and Node's type declarations, visible to the compiler: links, to be removed after it. */
export async function linkShipped(shipped: readonly ShippedPackage[], folder: string): Promise<void> {
  const types = installedAt('@types/node', dirname(installedAt('fabric-contract-api', import.meta.dirname)))
  const links = shipped.filter(({ name, place }) => name === place).map(({ source, place }) => ({ source, place }))
  for (const { source, place } of [...links, { source: types, place: '@types/node' }]) {
    const link = join(folder, 'node_modules', place)
    if (existsSync(link)) continue
    await mkdir(dirname(link), { recursive: true })
    await symlink(source, link, 'dir')
  }
}

async function copyPackage(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  const entries = await readdir(from, { withFileTypes: true })
  await Promise.all(
    entries.map(async (entry) => {
      if (entry.isDirectory() && !unneededFolder.test(entry.name)) {
        await copyPackage(join(from, entry.name), join(to, entry.name))
      } else if (entry.isFile() && (legal.test(entry.name) || !unneededFile.test(entry.name))) {
        await copyFile(join(from, entry.name), join(to, entry.name), constants.COPYFILE_FICLONE)
      }
    }),
  )
}

/** What `require(name)` finds for a package at `place`. */
function visibleFrom(place: string, name: string, placed: ReadonlyMap<string, ShippedPackage>) {
  const parts = place === '' ? [] : place.split('/node_modules/')
  for (let depth = parts.length; depth >= 0; depth--) {
    const found = placed.get([...parts.slice(0, depth), name].join('/node_modules/'))
    if (found) return found
  }
  return undefined
}

function installedAt(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (dirname(folder) === folder) throw new Error(`${name}, needed by ${from}, is not installed: run npm ci`)
  }
}

/** What is looked at in a package.json. */
const PackageFile = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()).default({}) })

function readPackage(folder: string): { version: string; dependencies: string[] } {
  const { version, dependencies } = PackageFile.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  return { version, dependencies: Object.keys(dependencies).filter((name) => !name.startsWith('@types/')) }
}
