/** Fabric's contract `qscc`: blocks and transactions of a channel (core/scc/qscc/query.go). */
import { decode } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import type { AccessControl } from '../access/access.ts'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { Contract, Invocation } from '../contracts/contract.ts'
import { readBlockParts } from '../ledger/block-parts.ts'
import { answering, ContractRefusal, calledByClient, messageOf, signedDataOf } from './answers.ts'

export interface LedgerQueries {
  readonly channels: PeerChannels
  readonly access: AccessControl
}

type Query = (channel: PeerChannel, argument: Uint8Array) => Promise<Uint8Array>

const queries: Readonly<Record<string, Query>> = {
  GetChainInfo: chainInfo,
  GetBlockByNumber: blockByNumber,
  GetBlockByHash: blockByHash,
  GetTransactionByID: transactionById,
  GetBlockByTxID: blockByTxId,
}

export function qscc({ channels, access }: LedgerQueries): Contract {
  return answering((invocation) => {
    const { args } = invocation
    const [name, channelName, argument = new Uint8Array()] = args
    if (!name || !channelName) throw new ContractRefusal(`Incorrect number of arguments, ${args.length}`)
    const [query, channelId] = [textOf(name), textOf(channelName)]
    const called = calledByClient(invocation)
    if (called !== 'qscc') {
      throw new ContractRefusal(
        `Rejecting invoke of QSCC from another chaincode because of potential for deadlocks, original invocation for '${called}'`,
      )
    }
    if (query !== 'GetChainInfo' && args.length < 3) throw new ContractRefusal(`missing 3rd argument for ${query}`)
    const channel = channels.get(channelId)
    if (!channel) throw new ContractRefusal(`Invalid chain ID, ${channelId}`)
    checkAccess(access, channel, query, invocation)
    const answer = Object.hasOwn(queries, query) ? queries[query] : undefined
    if (!answer) throw new ContractRefusal(`Requested function ${query} not found.`)
    return answer(channel, argument)
  })
}

function checkAccess(access: AccessControl, channel: PeerChannel, query: string, invocation: Invocation): void {
  try {
    access.checkChannel(channel, `qscc/${query}`, signedDataOf(invocation))
  } catch (error) {
    throw new ContractRefusal(`access denied for [${query}][${channel.name}]: [${messageOf(error)}]`, { cause: error })
  }
}

async function chainInfo({ store }: PeerChannel): Promise<Uint8Array> {
  const { height } = store
  const newest = readBlockParts(await store.read(height - 1))
  const info = new common.BlockchainInfo()
  info.setHeight(height)
  info.setCurrentblockhash(newest.hash)
  info.setPreviousblockhash(newest.previousHash)
  return info.serializeBinary()
}

const largest = 2n ** 64n - 1n

async function blockByNumber({ store }: PeerChannel, argument: Uint8Array): Promise<Uint8Array> {
  const text = textOf(argument)
  const number = unsignedOf(text)
  const wanted = number === largest ? BigInt(store.height - 1) : number
  if (wanted >= BigInt(store.height)) {
    throw new ContractRefusal(`Failed to get block number ${number}, error no such block number [${wanted}] in index`)
  }
  return store.read(Number(wanted))
}

function unsignedOf(text: string): bigint {
  const failed = `Failed to parse block number with error strconv.ParseUint: parsing ${goQuoted(text)}`
  if (!/^\d+$/.test(text)) throw new ContractRefusal(`${failed}: invalid syntax`)
  const number = BigInt(text)
  if (number > largest) throw new ContractRefusal(`${failed}: value out of range`)
  return number
}

const goQuoted = (text: string): string => JSON.stringify(text)

async function blockByHash({ store, state }: PeerChannel, hash: Uint8Array): Promise<Uint8Array> {
  const number = state.blockByHash(hash)
  if (number !== undefined) return store.read(number)
  const inHex = Buffer.from(hash).toString('hex')
  throw new ContractRefusal(`Failed to get block hash ${textOf(hash)}, error no such block hash [${inHex}] in index`)
}

async function transactionById({ store, state }: PeerChannel, id: Uint8Array): Promise<Uint8Array> {
  const txId = textOf(id)
  const known = state.transaction(txId)
  if (!known) {
    throw new ContractRefusal(
      `Failed to get transaction with id ${txId}, error no such transaction ID [${txId}] in index`,
    )
  }
  const { envelopes } = readBlockParts(await store.read(known.block))
  const processed = new peer.ProcessedTransaction()
  processed.setTransactionenvelope(decode(common.Envelope, envelopes[known.transaction] ?? new Uint8Array()))
  processed.setValidationcode(known.code)
  return processed.serializeBinary()
}

async function blockByTxId({ store, state }: PeerChannel, id: Uint8Array): Promise<Uint8Array> {
  const txId = textOf(id)
  const known = state.transaction(txId)
  if (known) return store.read(known.block)
  throw new ContractRefusal(`Failed to get block for txID ${txId}, error no such transaction ID [${txId}] in index`)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}
