import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, systemClock } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { PackageRecord, ProgramRef, ProgramSource } from '@cello/ports'
import { unpack } from './archive.ts'
import { compileContract, compilerFacts } from './compile.ts'
import { compileOnce } from './compiled-before.ts'
import { installDependencies, type NpmOptions, pruneDependencies } from './install-dependencies.ts'
import { keepModules } from './kept-modules.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { copyShipped, linkShipped, type ShippedPackage, shippedPackages, unshipped } from './shipped-packages.ts'

export interface ContractBuilderOptions {
  /** Where contracts are built; made when missing, private to this process. */
  readonly workFolder: string
  /** What contracts have in common is found here again; may be shared with other servers. */
  readonly cacheFolder: string
  /** Keeps the built folder, which it is given, see Driver. */
  readonly addProgram: (source: ProgramSource) => Promise<ProgramRef>
  /** Absent: only contracts that need nothing but what is shipped can be built. */
  readonly npm?: Omit<NpmOptions, 'homeFolder'> | undefined
  readonly clock?: Clock
}

export interface BuildOptions {
  /** Instead of what package.json says. */
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Makes an uploaded tar.gz into a folder that a contract node starts from. */
export interface ContractBuilder {
  /**
   * One build at a time; the others wait.
   * @throws PlatformError PACKAGE_INVALID, BUILD_FAILED (facts.problems: `file:line:column: message`), BUILD_NEEDS_NETWORK.
   */
  build(archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options?: BuildOptions): Promise<PackageRecord>
}

/** The file that a contract node starts; written into every built contract. */
export const launcherName = 'cello-contract.cjs'

export function createContractBuilder(options: ContractBuilderOptions): ContractBuilder {
  let last: Promise<unknown> = removeLeftBuilds(options.workFolder).catch(() => undefined)
  return {
    build(archive, request = {}) {
      const turn = last.then(() => buildOne(archive, options, request))
      last = turn.catch(() => undefined)
      return turn
    },
  }
}

const buildPrefix = 'build-'

/** Of a process that was killed while it built: each holds a contract with all its dependencies. */
async function removeLeftBuilds(workFolder: string): Promise<void> {
  if (!existsSync(workFolder)) return
  for (const name of await readdir(workFolder)) {
    if (name.startsWith(buildPrefix)) await rm(join(workFolder, name), { recursive: true, force: true })
  }
}

async function buildOne(
  archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ContractBuilderOptions,
  { name, version, signal }: BuildOptions,
): Promise<PackageRecord> {
  signal?.throwIfAborted()
  await mkdir(options.workFolder, { recursive: true, mode: 0o700 })
  const work = await mkdtemp(join(options.workFolder, buildPrefix))
  try {
    await unpack(archive, work)
    const folder = await contractFolder(work)
    const manifest = await readManifest(folder)
    const kept = await makeRunnable({ folder, manifest, options, signal })
    await copyFile(join(import.meta.dirname, 'contract-launcher.cjs'), join(folder, launcherName))
    const bytes = await folderBytes(folder)
    const metadata = await stateDatabaseFiles(folder)
    signal?.throwIfAborted()
    const { digest, entry } = await options.addProgram({
      kind: 'folder',
      path: folder,
      entry: launcherName,
      given: true,
    })
    const modules = kept && (await options.addProgram(kept))
    const createdAt = (options.clock ?? systemClock).now()
    const named = { name: name ?? manifest.name, version: version ?? manifest.version }
    return { ...named, digest, language: 'node', entry, modules, bytes, createdAt, metadata }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The folder with package.json: the archive's root, or the one folder in it, as `npm pack` writes it. */
async function contractFolder(work: string): Promise<string> {
  if (existsSync(join(work, 'package.json'))) return work
  const [only, ...others] = await readdir(work)
  return only !== undefined && others.length === 0 ? join(work, only) : work
}

interface Build {
  readonly folder: string
  readonly manifest: Manifest
  readonly options: ContractBuilderOptions
  readonly signal: AbortSignal | undefined
}

/** @returns the kept modules that it may start from */
async function makeRunnable(build: Build): Promise<ProgramSource | undefined> {
  const { folder, manifest } = build
  const compiles = !existsSync(join(folder, manifest.main)) && (await hasTypeScript(folder))
  const brings = existsSync(join(folder, 'node_modules'))
  const kept = brings ? undefined : await addDependencies(build, compiles)
  if (brings && compiles) await compile(build)
  await checkRunnable(folder, manifest)
  return kept
}

async function addDependencies(build: Build, compiles: boolean): Promise<ProgramSource | undefined> {
  const { folder, manifest, options, signal } = build
  const shipped = shippedPackages()
  const missing = unshipped(manifest.dependencies, shipped)
  if (missing.length > 0) {
    await installAndCompile(build, missing, compiles)
    return undefined
  }
  // The second, where it is missing, takes a core for about a second, as the compiler does: at once.
  const [compiled, kept] = await Promise.allSettled([
    compiles && compileOnShipped(build, shipped),
    keepModules(shipped, { cacheFolder: options.cacheFolder, signal }),
  ])
  if (compiled.status === 'rejected') throw compiled.reason
  if (kept.status === 'rejected') throw kept.reason
  await copyShipped(shipped, folder)
  return kept.value
}

async function compileOnShipped(build: Build, shipped: readonly ShippedPackage[]): Promise<void> {
  const { folder, options } = build
  await compileOnce(folder, { cacheFolder: options.cacheFolder, with: await compilerFacts() }, async () => {
    await linkShipped(shipped, folder)
    const written = await compile(build)
    await rm(join(folder, 'node_modules'), { recursive: true })
    return written
  })
}

async function installAndCompile(build: Build, missing: readonly string[], compiles: boolean): Promise<void> {
  const { folder, manifest, options, signal } = build
  const npm = options.npm && { ...options.npm, homeFolder: join(options.workFolder, 'npm') }
  await installDependencies(folder, missing, npm, { production: !compiles, signal })
  if (!compiles) return
  // Contracts often leave out Node's type declarations; ours stand in.
  await linkShipped([], folder)
  await compile(build)
  if (npm && Object.keys(manifest.devDependencies).length > 0) await pruneDependencies(folder, npm, signal)
}

function compile({ folder, signal }: Build): Promise<string[]> {
  return compileContract(folder, { signal })
}

async function checkRunnable(folder: string, { main }: Manifest): Promise<void> {
  if (!existsSync(join(folder, main))) {
    const detail = `package.json names ${main} as its main file, and neither the archive nor the compiler made one`
    throw new PlatformError('BUILD_FAILED', { detail })
  }
  if (!existsSync(join(folder, 'node_modules', 'fabric-shim', 'package.json'))) {
    throw new PlatformError('PACKAGE_INVALID', { detail: 'fabric-shim is not among its dependencies' })
  }
}

async function hasTypeScript(folder: string): Promise<boolean> {
  const names = await readdir(folder, { recursive: true })
  return names.some(
    (name) => /\.[cm]?ts$/.test(name) && !/\.d\.[cm]?ts$/.test(name) && !/(^|\/)node_modules\//.test(name),
  )
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  }
  return bytes
}

/** META-INF/statedb: index definitions that go into the package that peers install. By path, as text. */
async function stateDatabaseFiles(folder: string): Promise<Record<string, string>> {
  const root = 'META-INF/statedb'
  if (!existsSync(join(folder, root))) return {}
  const names = await readdir(join(folder, root), { recursive: true })
  const paths = names.filter((name) => name.endsWith('.json')).map((name) => `${root}/${name}`)
  const files = await Promise.all(paths.sort().map(async (path) => [path, await readFile(join(folder, path), 'utf8')]))
  return Object.fromEntries(files)
}
