import { join, resolve } from 'node:path'
import type { Identity } from '@cello/api'
import type { Cli } from '../cli.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { hasIdentity, writeMspFolder } from './msp-folder.ts'
import { keyPath, ownKey } from './own-key.ts'
import { signingRequest } from './signing-request.ts'
import { tlsKeyPath, writeTlsFolder } from './tls-folder.ts'

/** Where a user's own keys go. */
export interface OwnPlaces {
  /** For the MSP folder; absent: the server holds the key. */
  readonly own: string | undefined
  /** For what an administrator shows in TLS; absent: where `own` is. */
  readonly tls: string | undefined
  readonly role: 'client' | 'admin'
}

/** The files of a user that never leave this machine, and what is asked of the server for them. */
export interface OwnFiles {
  /** Makes the keys that are not there yet. */
  requests(name: string): Promise<{ certificateRequest?: string; tlsCertificateRequest?: string }>
  /** Writes what the server certified. */
  write(cli: Cli, identity: Identity): Promise<void>
}

/** @throws CommandError where an identity lies already */
export async function ownFiles({ own, tls = own, role }: OwnPlaces): Promise<OwnFiles> {
  const mspFolder = own === undefined ? undefined : join(resolve(own), 'msp')
  // Whoever asks for one without being an administrator hears from the server why not.
  const tlsFolder = tls !== undefined && (role === 'admin' || tls !== own) ? resolve(tls) : undefined
  if (mspFolder && (await hasIdentity(mspFolder))) {
    const message = `${mspFolder} holds an identity already.`
    throw new CommandError(exitCodes.conflict, message, 'Give another folder to --own.')
  }
  return {
    requests: async (name) => ({
      ...(mspFolder && { certificateRequest: signingRequest(name, await ownKey(join(mspFolder, keyPath))) }),
      ...(tlsFolder && { tlsCertificateRequest: signingRequest(name, await ownKey(join(tlsFolder, tlsKeyPath))) }),
    }),
    write: async (cli, identity) => {
      if (mspFolder) {
        await writeMspFolder(mspFolder, identity)
        cli.err.write(`wrote ${mspFolder}; its key is ${join(mspFolder, keyPath)} and was sent nowhere\n`)
      }
      if (tlsFolder) {
        await writeTlsFolder(tlsFolder, identity)
        cli.err.write(`wrote ${join(tlsFolder, 'tls')}, for mutual TLS; its key was sent nowhere\n`)
      }
    },
  }
}
