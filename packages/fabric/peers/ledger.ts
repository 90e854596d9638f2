import { common, peer } from '@hyperledger/fabric-protos'
import type { Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import type { Signer } from '../signer.ts'
import { askPeer } from './endorsement.ts'

export interface ChainInfo {
  /** Number of the last block plus one. */
  readonly height: number
  /** Header hashes of the last block and of the one before, 32 bytes (the second is empty at height 1). */
  readonly currentHash: Uint8Array
  readonly previousHash: Uint8Array
}

/** Height and hashes of a channel at a peer. @throws FabricError NOT_FOUND when the peer has not joined; DENIED */
export async function chainInfo(
  connection: Connection,
  signer: Signer,
  channel: string,
  options: CallOptions = {},
): Promise<ChainInfo> {
  const payload = await queryLedger(connection, signer, [channel, 'GetChainInfo'], options)
  const info = common.BlockchainInfo.deserializeBinary(payload)
  return {
    height: info.getHeight(),
    currentHash: info.getCurrentblockhash_asU8(),
    previousHash: info.getPreviousblockhash_asU8(),
  }
}

/** Which block: by number, by header hash, or the one that holds a transaction. */
export type BlockKey = { readonly number: number } | { readonly hash: Uint8Array } | { readonly transactionId: string }

/** One block of a channel from a peer. @throws FabricError NOT_FOUND, DENIED */
export async function blockFromPeer(
  connection: Connection,
  signer: Signer,
  key: BlockKey & { readonly channel: string },
  options: CallOptions = {},
): Promise<common.Block> {
  const payload = await queryLedger(connection, signer, [key.channel, ...blockQuery(key)], options)
  return common.Block.deserializeBinary(payload)
}

function blockQuery(key: BlockKey): readonly [string, string | Uint8Array] {
  if ('number' in key) return ['GetBlockByNumber', String(key.number)]
  if ('hash' in key) return ['GetBlockByHash', key.hash]
  return ['GetBlockByTxID', key.transactionId]
}

/** One transaction of a channel. */
export interface TransactionKey {
  readonly channel: string
  readonly transactionId: string
}

/** A committed transaction and the peers' verdict: a `peer.TxValidationCode` number, 0 for VALID. */
export interface CommittedTransaction {
  readonly envelope: common.Envelope
  readonly validationCode: number
}

/**
 * A transaction that a peer has committed, valid or not. Where an id occurs twice this is the first occurrence, whose
 * verdict counts. @returns undefined when the peer knows no such transaction. @throws FabricError NOT_FOUND, DENIED
 */
export async function findTransaction(
  connection: Connection,
  signer: Signer,
  { channel, transactionId }: TransactionKey,
  options: CallOptions = {},
): Promise<CommittedTransaction | undefined> {
  try {
    const payload = await queryLedger(connection, signer, [channel, 'GetTransactionByID', transactionId], options)
    const found = peer.ProcessedTransaction.deserializeBinary(payload)
    const envelope = found.getTransactionenvelope() ?? new common.Envelope()
    return { envelope, validationCode: found.getValidationcode() }
  } catch (error) {
    if (error instanceof FabricError && /no such transaction ID/.test(error.message)) return undefined
    throw error
  }
}

function queryLedger(
  connection: Connection,
  signer: Signer,
  [channel, name, ...rest]: readonly [string, string, ...(string | Uint8Array)[]],
  options: CallOptions,
): Promise<Uint8Array> {
  const doing = `ask the ledger (${name})`
  return askPeer(connection, signer, { channel, contract: 'qscc', args: [name, channel, ...rest], doing }, options)
}
