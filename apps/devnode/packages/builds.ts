/**
 * What external builders made of installed packages, in `externalbuilder/builds/<id>` as Fabric lays it out. A build is made
 * beside its place and moved there whole; what a crash left half-made, Fabric's own too, is removed at the start.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuilderPrograms, BuildFolders } from './builder-program.ts'
import { copyTree } from './copy-tree.ts'
import type { InstallPackage } from './install-package.ts'
import { unpackCode } from './unpack.ts'

export interface Builds {
  /** Path of the `release` folder of an earlier build. @throws Error in Fabric's words when its builder is not configured now */
  find(id: string): Promise<string | undefined>
  /** Builds by the first builder that detects the package; undefined: none does. @throws Error in Fabric's words */
  build(id: string, contents: InstallPackage): Promise<string | undefined>
}

const unfinished = '.'
const infoFile = 'build-info.json'

/** @param folder `externalbuilder/builds` below `peer.fileSystemPath`; made if it is not there */
export async function openBuilds(folder: string, builders: readonly BuilderPrograms[]): Promise<Builds> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (name.startsWith(unfinished) || !(await isWhole(path))) await rm(path, { recursive: true, force: true })
  }
  const find = async (id: string): Promise<string | undefined> => {
    const path = join(folder, folderName(id))
    if (!existsSync(path)) return undefined
    const made = await builderOf(path)
    if (builders.some(({ name }) => name === made)) return join(path, 'release')
    throw new Error(
      `existing build could not be restored: chaincode '${id}' was already built with builder '${made}', but that builder is no longer available`,
    )
  }
  return {
    find,
    async build(id, contents) {
      if (builders.length === 0) return undefined
      const earlier = await find(id)
      if (earlier !== undefined) return earlier
      // Here and not among the machine's temporary files, so that a start removes what a kill left of it.
      const scratch = await mkdtemp(join(folder, `${unfinished}scratch-`))
      try {
        const folders = await prepare(scratch, contents)
        const builder = await detect(builders, folders)
        if (!builder) return undefined
        await wrapped('external builder failed to build', builder.build(folders))
        await wrapped('external builder failed to release', builder.release(folders))
        return await keep(folder, folderName(id), folders, builder.name)
      } finally {
        await rm(scratch, { recursive: true, force: true })
      }
    },
  }
}

/** As Fabric makes a file name of a package id. */
function folderName(id: string): string {
  return id.replaceAll(/[<>:"/\\|?*&]/g, '-')
}

async function prepare(scratch: string, { metadata, code }: InstallPackage): Promise<BuildFolders> {
  const folders = {
    source: join(scratch, 'src'),
    metadata: join(scratch, 'metadata'),
    output: join(scratch, 'bld'),
    release: join(scratch, 'release'),
  }
  for (const path of Object.values(folders)) await mkdir(path, { mode: 0o700 })
  await wrapped(
    'could not create build context',
    wrapped('could not untar source package', unpackCode(code, folders.source)),
  )
  await writeFile(join(folders.metadata, 'metadata.json'), metadata, { mode: 0o700 })
  return folders
}

async function detect(
  builders: readonly BuilderPrograms[],
  folders: BuildFolders,
): Promise<BuilderPrograms | undefined> {
  for (const builder of builders) if (await builder.detect(folders)) return builder
  return undefined
}

async function keep(folder: string, name: string, folders: BuildFolders, builder: string): Promise<string> {
  const making = join(folder, `${unfinished}${name}`)
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { mode: 0o700 })
  await copyTree(folders.release, join(making, 'release'))
  await copyTree(folders.output, join(making, 'bld'))
  await writeFile(join(making, infoFile), JSON.stringify({ builder_name: builder }), { mode: 0o600, flush: true })
  await rename(making, join(folder, name))
  return join(folder, name, 'release')
}

async function isWhole(path: string): Promise<boolean> {
  if (!existsSync(join(path, 'release')) || !existsSync(join(path, 'bld'))) return false
  return (await builderOf(path)) !== undefined
}

async function builderOf(path: string): Promise<string | undefined> {
  try {
    const info: unknown = JSON.parse(await readFile(join(path, infoFile), 'utf8'))
    const name: unknown = typeof info === 'object' && info !== null ? Reflect.get(info, 'builder_name') : undefined
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined // cut off in the middle, or never written
  }
}

async function wrapped<T>(what: string, act: Promise<T>): Promise<T> {
  try {
    return await act
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
