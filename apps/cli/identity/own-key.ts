import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from '@cello/kit'

/** As Fabric's own tools name a key of a user, below its MSP folder. */
export const keyPath = 'keystore/priv_sk'

/**
 * The private key in a file: made and written (0600, folder 0700) where there is none, so that a command that was cut
 * off goes on with the key that its request was for. It never leaves this machine.
 */
export async function ownKey(path: string): Promise<KeyObject> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  try {
    await using file = await open(path, 'wx', 0o600)
    await file.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    return privateKey
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    return createPrivateKey(await readFile(path, 'utf8'))
  }
}
