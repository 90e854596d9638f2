import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Identity } from '@cello/api'

/** As cryptogen names what a user shows in TLS: `tls/client.key`, `tls/client.crt`, `tls/ca.crt`. */
export const tlsKeyPath = 'tls/client.key'

/** Writes what belongs to the key that lies there already. */
export async function writeTlsFolder(folder: string, { tlsCertificate, tlsCaCertificate }: Identity): Promise<void> {
  if (tlsCertificate === undefined) throw new Error('the server gave no TLS certificate and said nothing')
  await writeFile(join(folder, 'tls/client.crt'), tlsCertificate)
  await writeFile(join(folder, 'tls/ca.crt'), tlsCaCertificate)
}
