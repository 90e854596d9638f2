import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from '@cello/model'
import { programVersion } from './program-version.ts'
import { nodePrograms } from './release.ts'

/** ELF e_machine by Node's name of the architecture: EM_X86_64 and EM_AARCH64 of elf(5). */
const elfMachines: Readonly<Record<string, number>> = { x64: 62, arm64: 183 }

/**
 * Makes sure that all programs in the folder are of this kind of machine, and that `peer` and `orderer` are of the version.
 * It runs those two, so the archive's digest must have been checked before.
 * @throws PROGRAM_UNSUITABLE, ARCHIVE_REFUSED
 */
export async function checkPrograms(
  folder: string,
  release: { readonly version: string; readonly file: string; readonly signal: AbortSignal },
): Promise<void> {
  for (const program of await readdir(folder)) await checkMachine(program, join(folder, program))
  for (const program of nodePrograms) {
    const version = await programVersion(join(folder, program), release.signal).catch((error: unknown) => {
      if (release.signal.aborted) throw error
      throw unsuitable(program, `it does not start (${error instanceof Error ? error.message : String(error)})`, error)
    })
    if (version === release.version) continue
    const said = version === undefined ? 'tells no version' : `says that it is ${version}`
    throw new PlatformError('ARCHIVE_REFUSED', {
      file: release.file,
      detail: `its ${program} ${said}, and ${release.version} was asked for`,
    })
  }
}

/** Why this machine cannot run a program that is made for one of another kind. */
export const otherMachine = `it is made for another processor than this one (${process.arch})`

async function checkMachine(program: string, path: string): Promise<void> {
  const machine = await machineOf(path)
  if (machine === 'none') throw unsuitable(program, 'it is no program for Linux')
  if (machine === 'other') throw unsuitable(program, otherMachine)
}

/** Whose programs a file is like, by its head: this kind of machine's, those of another one with Linux, or none. */
export async function machineOf(path: string): Promise<'this' | 'other' | 'none'> {
  const head = Buffer.alloc(20)
  await using file = await open(path)
  const { bytesRead } = await file.read(head, 0, head.length, 0)
  const isElf = bytesRead === head.length && head.subarray(0, 4).toString('latin1') === '\x7fELF'
  if (!isElf) return 'none'
  // 64 bits, little endian.
  const fits = head[4] === 2 && head[5] === 1 && head.readUInt16LE(18) === elfMachines[process.arch]
  return fits ? 'this' : 'other'
}

function unsuitable(program: string, detail: string, cause?: unknown): PlatformError {
  return new PlatformError('PROGRAM_UNSUITABLE', { program, detail }, { cause })
}
