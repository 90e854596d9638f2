import { readFile } from 'node:fs/promises'
import { text as readStream } from 'node:stream/consumers'
import { CommandError, exitCodes } from './exit-codes.ts'

/** What a file says in YAML or JSON; `-` is stdin. @throws CommandError when it cannot be read, or is neither */
export async function readData(file: string): Promise<unknown> {
  const text = file === '-' ? await readStream(process.stdin) : await readFile(file, 'utf8').catch(unreadable)
  const { parse } = await import('yaml')
  try {
    return parse(text)
  } catch (error) {
    throw new CommandError(exitCodes.usage, `${file} is neither YAML nor JSON: ${messageOf(error)}`)
  }
}

function unreadable(error: unknown): never {
  throw new CommandError(exitCodes.usage, `The file cannot be read: ${messageOf(error)}`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
