import { createHash } from 'node:crypto'

/** Namespaces of a collection beside its contract's own, spelled as in Fabric's state database. */
export const privateNamespace = (contract: string, collection: string): string => `${contract}$$p${collection}`

/** Keys are the hexadecimal SHA-256 of the private keys, values the SHA-256 of the private values. */
export const hashedNamespace = (contract: string, collection: string): string => `${contract}$$h${collection}`

/** A private key's place in the hashed namespace. */
export const hashedKey = (key: string): string => createHash('sha256').update(key).digest('hex')
