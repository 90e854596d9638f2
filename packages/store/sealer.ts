import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { link, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode, Secret } from '@cello/kit'
import type { Sealer } from '@cello/ports'
import { syncFolder } from './durable-files.ts'

/*
 * A sealed value: 1 byte version · 8 bytes id of the master key · 12 bytes nonce · ciphertext · 16 bytes tag.
 * Version, key id and context are authenticated with it. A random 96-bit nonce may be drawn 2^32 times under one key
 * (NIST SP 800-38D, 8.3), which is far beyond the number of keys that are ever sealed here.
 */
const version = 1
const keyIdLength = 8
const nonceLength = 12
const tagLength = 16
const headerLength = 1 + keyIdLength

const keyFilePattern = /^cello-master-key-1:([0-9a-f]{64})\n?$/

/**
 * Opens the sealer whose master key is in `keyFile`, which is made, with mode 0600, where there is none.
 * @throws Error when others may read the file, or when it is not a key.
 */
export async function openSealer(keyFile: string): Promise<Sealer> {
  const text = (await readKeyFile(keyFile)) ?? (await makeKeyFile(keyFile))
  const hex = keyFilePattern.exec(text)?.[1]
  if (hex === undefined) throw new Error(`The file ${keyFile} is not a master key of Cello.`)
  return sealerOf(Buffer.from(hex, 'hex'))
}

function sealerOf(key: Buffer): Sealer {
  const keyId = createHash('sha256').update('cello-master-key-id').update(key).digest().subarray(0, keyIdLength)
  const header = Buffer.concat([Buffer.from([version]), keyId])
  return {
    seal(secret, context) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.concat([header, Buffer.from(context)]))
      const text = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()])
      return Buffer.concat([header, nonce, text, cipher.getAuthTag()])
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      if (bytes.length < headerLength + nonceLength + tagLength || bytes[0] !== version) {
        throw new Error('The sealed value has a form that this version does not know.')
      }
      if (!bytes.subarray(0, headerLength).equals(header)) {
        throw new Error('The value was sealed under another master key.')
      }
      const nonce = bytes.subarray(headerLength, headerLength + nonceLength)
      const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
        .setAAD(Buffer.concat([header, Buffer.from(context)]))
        .setAuthTag(bytes.subarray(-tagLength))
      const text = bytes.subarray(headerLength + nonceLength, -tagLength)
      try {
        return new Secret(Buffer.concat([cipher.update(text), cipher.final()]).toString('utf8'))
      } catch (error) {
        throw new Error(`The sealed value was altered, or is not that of ${context}.`, { cause: error })
      }
    },
  }
}

async function readKeyFile(keyFile: string): Promise<string | undefined> {
  let mode: number
  try {
    mode = (await stat(keyFile)).mode
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  if ((mode & 0o077) !== 0) {
    throw new Error(
      `The master key ${keyFile} may be read by others: run \`chmod 600\` on it, and ask who has read it.`,
    )
  }
  return readFile(keyFile, 'utf8')
}

/** Two that start at once agree on the file that was linked first. */
async function makeKeyFile(keyFile: string): Promise<string> {
  const draft = `${keyFile}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`cello-master-key-1:${randomBytes(32).toString('hex')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(draft, keyFile)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    await unlink(draft)
  }
  await syncFolder(dirname(keyFile))
  return (await readKeyFile(keyFile)) ?? ''
}
