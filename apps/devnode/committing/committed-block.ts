import { common, peer } from '@hyperledger/fabric-protos'
import type { NamespaceSet } from '../simulation/rwset.ts'
import type { ValidatedTransaction } from '../validation/validate-block.ts'
import type { CommittedBlock, CommittedTransaction } from './peer-channel.ts'

/** What listeners are told. */
export function committedBlock(
  channel: string,
  number: number,
  bytes: Uint8Array,
  transactions: readonly ValidatedTransaction[],
): CommittedBlock {
  return {
    channel,
    number,
    bytes,
    isConfig: transactions.some(({ type }) => type === common.HeaderType.CONFIG),
    transactions: transactions.map(committedTransaction),
  }
}

function committedTransaction({ txId, type, code, event, sets = [] }: ValidatedTransaction): CommittedTransaction {
  const isValid = code === peer.TxValidationCode.VALID
  const namespaces = isValid ? sets.filter(changesKeys).map(({ namespace }) => namespace) : []
  return { txId, type, code, namespaces, ...(event ? { event } : {}) }
}

const changesKeys = ({ writes, metadataWrites, collections }: NamespaceSet): boolean =>
  writes.length > 0 ||
  metadataWrites.length > 0 ||
  collections.some(({ hashedWrites, hashedMetadataWrites }) => hashedWrites.length + hashedMetadataWrites.length > 0)
