import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { hasCode } from '@cello/kit'
import envPaths from 'env-paths'
import { CommandError, exitCodes } from './exit-codes.ts'

export interface FoundServer {
  readonly url: string
  readonly token: string
  /** Of a server on this machine. */
  readonly pid?: number | undefined
}

/** Where the server keeps its things: `CELLO_DATA`, or the platform's data folder. */
export function dataFolder(env: Readonly<Record<string, string | undefined>>): string {
  return resolve(env['CELLO_DATA'] || envPaths('cello', { suffix: '' }).data)
}

/**
 * The server that commands talk to: CELLO_URL with CELLO_TOKEN (or CELLO_TOKEN_FILE), else what the running server wrote into
 * the data folder (`server.json`, `token`). Undefined where there is neither. @throws CommandError for a CELLO_URL that is no address, or has no token
 */
export async function findServer(env: Readonly<Record<string, string | undefined>>): Promise<FoundServer | undefined> {
  const folder = dataFolder(env)
  const tokenFile = env['CELLO_TOKEN_FILE'] || join(folder, 'token')
  const token = env['CELLO_TOKEN'] || (await readText(tokenFile))?.trim()
  if (env['CELLO_URL']) return { url: checkedUrl(env['CELLO_URL']), token: token || noToken() }
  if (!token) return undefined
  const server = parse(await readText(join(folder, 'server.json')))
  if (!server || !isAlive(server.pid)) return undefined
  return { ...server, token }
}

function checkedUrl(url: string): string {
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url
  throw new CommandError(exitCodes.usage, `CELLO_URL is no address: ${url}`, 'Write it as http://127.0.0.1:8080.')
}

function noToken(): never {
  const next = 'Give the one of that server by CELLO_TOKEN, or its file by CELLO_TOKEN_FILE.'
  throw new CommandError(exitCodes.usage, 'CELLO_URL names a server, and there is no token for it.', next)
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function parse(text: string | undefined): { url: string; pid: number } | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    if (typeof value !== 'object' || value === null || !('url' in value) || !('pid' in value)) return undefined
    return typeof value.url === 'string' && typeof value.pid === 'number'
      ? { url: value.url, pid: value.pid }
      : undefined
  } catch {
    return undefined
  }
}

/** A server that was killed leaves its file behind. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}
