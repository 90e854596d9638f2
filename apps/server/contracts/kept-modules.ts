import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProgramSource } from '@cello/ports'
import { runProgram } from './run-program.ts'
import { copyShipped, type ShippedPackage } from './shipped-packages.ts'
import { makeWhole } from './whole-folder.ts'

export interface KeepingOptions {
  /** What was made is found here again, for each state of the packages and of Node; may be shared with other servers. */
  readonly cacheFolder: string
  readonly signal?: AbortSignal | undefined
}

/** While they are made: Node looks for no package here. */
const besidePackages = join('node_modules', '.cello')
const loader = 'kept-modules.cjs'
const program = 'keep-modules-program.ts'
const timeoutMs = 120_000

/**
 * The shipped packages' modules and their compiled code in few files, from which a contract node starts with half of the processor time
 * (kept-modules.cjs tells how). Made once, in about a second.
 * @returns the program of these files, for a driver to keep. The compiled code is not the same each time, so it lies in no
 * contract: the same archive gives the same contract everywhere.
 * @throws Error with what the packages said, when they do not start
 */
export async function keepModules(shipped: readonly ShippedPackage[], options: KeepingOptions): Promise<ProgramSource> {
  const { cacheFolder, signal } = options
  const path = join(cacheFolder, digestOf(shipped))
  const made = { kind: 'folder', path, entry: loader } as const
  if (existsSync(path)) return made
  await makeWhole(path, async (draft) => {
    await copyShipped(shipped, draft)
    const kept = join(draft, besidePackages)
    await mkdir(kept)
    await copyFile(join(import.meta.dirname, loader), join(kept, loader))
    await start(draft, signal)
    return kept
  })
  return made
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
