import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { constants, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'
import { copyShipped, type ShippedPackage } from './shipped-packages.ts'

export interface KeepingOptions {
  /** What was made is found here again, for each state of the packages and of Node; may be shared with other servers. */
  readonly cacheFolder: string
  readonly signal?: AbortSignal | undefined
}

/** Node looks for no package here. */
const inContract = join('node_modules', '.cello')
const loader = 'kept-modules.cjs'
const program = 'keep-modules-program.ts'
const timeoutMs = 120_000

/**
 * The shipped packages' modules and their compiled code in few files, from which a contract node starts with half of the processor time
 * (kept-modules.cjs tells how). Made once, in about a second.
 * @returns the folder of these files, see `addKeptModules`
 * @throws Error with what the packages said, when they do not start
 */
export async function keepModules(shipped: readonly ShippedPackage[], options: KeepingOptions): Promise<string> {
  const { cacheFolder, signal } = options
  const path = join(cacheFolder, digestOf(shipped))
  if (existsSync(path)) return path
  await mkdir(cacheFolder, { recursive: true })
  const making = await mkdtemp(join(cacheFolder, '.making-'))
  try {
    await copyShipped(shipped, making)
    const kept = join(making, inContract)
    await mkdir(kept)
    await copyFile(join(import.meta.dirname, loader), join(kept, loader))
    await start(making, signal)
    await rename(kept, path).catch((error: unknown) => {
      if (!existsSync(path)) throw error // otherwise somebody else was faster
    })
  } finally {
    await rm(making, { recursive: true, force: true })
  }
  return path
}

/** Lets the contract in `folder`, which has the shipped packages, start from kept modules. */
export async function addKeptModules(kept: string, folder: string): Promise<void> {
  const to = join(folder, inContract)
  await mkdir(to)
  const copy = (name: string) => copyFile(join(kept, name), join(to, name), constants.COPYFILE_FICLONE)
  await Promise.all((await readdir(kept)).map(copy))
}

/** Of a contract that was built elsewhere: they may not be those of the packages that come with it. */
export async function removeKeptModules(folder: string): Promise<void> {
  await rm(join(folder, inContract), { recursive: true, force: true })
}

async function start(folder: string, signal: AbortSignal | undefined): Promise<void> {
  // No flag and nothing of our environment: V8 takes code that was made under the same flags alone.
  const { code, stderr } = await runProgram({
    command: process.execPath,
    args: [join(import.meta.dirname, program), folder],
    folder,
    env: { NODE_ENV: 'production', CORE_CHAINCODE_LOGGING_LEVEL: 'critical' },
    timeoutMs,
    signal,
  })
  if (code !== 0) throw new Error(`the shipped packages do not start: ${stderr.trim().split('\n', 3).join(' ')}`)
}

function digestOf(shipped: readonly ShippedPackage[]): string {
  const hash = createHash('sha256').update(`${process.version} ${process.arch}`)
  for (const { name, version, place } of shipped) hash.update(`\0${name} ${version} ${place}`)
  for (const file of [loader, program, 'first-call.cjs'])
    hash.update('\0').update(readFileSync(join(import.meta.dirname, file)))
  return hash.digest('hex').slice(0, 32)
}
