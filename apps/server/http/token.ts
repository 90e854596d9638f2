import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '@cello/kit'

/** 256 random bits: what guessing costs does not depend on how often one may guess. */
const tokenBytes = 32

/**
 * The token of this server, made at its first start: the file `token` in the data directory, readable by its owner only.
 * @returns the token and its path, which the server may name; the token itself is never logged.
 */
export async function keepToken(dataDir: string): Promise<{ readonly token: string; readonly path: string }> {
  const path = join(dataDir, 'token')
  const kept = await read(path)
  if (kept !== undefined) return { token: kept, path }
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await place(path, `cello_${randomBytes(tokenBytes).toString('base64url')}`)
  const token = await read(path)
  if (token === undefined) throw new Error(`the token file ${path} is empty; delete it and start again`)
  return { token, path }
}

/** Whether the header `Authorization` shows the token. The time it takes tells nothing about the token. */
export function showsToken(authorization: string | undefined, token: string): boolean {
  const [, given = ''] = /^Bearer ([\w.~+/=-]{1,512})$/.exec(authorization ?? '') ?? []
  return timingSafeEqual(digest(given), digest(token))
}

async function read(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim()
    await chmod(path, 0o600)
    return text === '' ? undefined : text
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Written aside and linked into place, so that it is whole or not there, and the first of two starts wins. */
async function place(path: string, token: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(aside, 'wx', 0o600)
  try {
    await file.writeFile(`${token}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(aside, path)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    await rm(aside, { force: true })
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
