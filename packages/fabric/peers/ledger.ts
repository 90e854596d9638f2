import { common, peer } from '@hyperledger/fabric-protos'
import type { Message } from 'google-protobuf'
import { decode } from '../codec/decode.ts'
import type { MessageClass } from '../codec/message-shape.ts'
import type { Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { readAnswer } from '../read-answer.ts'
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
  const info = await queryLedger(
    connection,
    signer,
    { type: common.BlockchainInfo, args: [channel, 'GetChainInfo'] },
    options,
  )
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
  return queryLedger(connection, signer, { type: common.Block, args: [key.channel, ...blockQuery(key)] }, options)
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
 * verdict counts. @returns undefined when the peer knows no such transaction
 * @throws FabricError NOT_FOUND when the peer has not joined, or has joined by a snapshot that held the transaction: it knows
 *   that it is committed and not how; DENIED
 */
export async function findTransaction(
  connection: Connection,
  signer: Signer,
  { channel, transactionId }: TransactionKey,
  options: CallOptions = {},
): Promise<CommittedTransaction | undefined> {
  try {
    const args = [channel, 'GetTransactionByID', transactionId] as const
    const found = await queryLedger(connection, signer, { type: peer.ProcessedTransaction, args }, options)
    const envelope = found.getTransactionenvelope() ?? new common.Envelope()
    return { envelope, validationCode: found.getValidationcode() }
  } catch (error) {
    if (error instanceof FabricError && /no such transaction ID/.test(error.message)) return undefined
    throw error
  }
}

/** What the ledger is asked, and as what it answers. */
interface LedgerQuery<M extends Message> {
  readonly type: MessageClass<M>
  /** Channel, function name, its other arguments. */
  readonly args: readonly [string, string, ...(string | Uint8Array)[]]
}

async function queryLedger<M extends Message>(
  connection: Connection,
  signer: Signer,
  { type, args: [channel, name, ...rest] }: LedgerQuery<M>,
  options: CallOptions,
): Promise<M> {
  const doing = `ask the ledger (${name})`
  const invocation = { channel, contract: 'qscc', args: [name, channel, ...rest], doing }
  const payload = await askPeer(connection, signer, invocation, options)
  return readAnswer(connection, invocation, () => decode(type, payload))
}
