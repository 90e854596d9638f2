import { readFile } from 'node:fs/promises'

export interface WalState {
  /** The log's generation: it changes when the log starts anew. */
  readonly salt: string
  /** Transactions in it. */
  readonly commits: number
}

/**
 * Counts the transactions in SQLite's write-ahead log: 32 bytes of header, then frames of 24 bytes and a page; a frame whose
 * second field is not 0 ends a transaction, one with another salt is a leftover (sqlite.org/fileformat2.html, section 4).
 */
export async function walState(database: string): Promise<WalState> {
  const log = await readFile(`${database}-wal`)
  if (log.length < 32) return { salt: '', commits: 0 }
  const frameSize = 24 + log.readUInt32BE(8)
  const salt = log.subarray(16, 24).toString('hex')
  let commits = 0
  for (let at = 32; at + frameSize <= log.length; at += frameSize) {
    if (log.subarray(at + 8, at + 16).toString('hex') !== salt) break
    if (log.readUInt32BE(at + 4) !== 0) commits += 1
  }
  return { salt, commits }
}
