import type { TransactionRecord } from '@cello/ports'
import { moment, momentOf } from '../moment.ts'

export interface TransactionView {
  id: string
  channel: string
  txId: string
  purpose: string
  contract?: string | undefined
  function?: string | undefined
  state: TransactionRecord['state']
  status?: string | undefined
  block?: number | undefined
  result?: string | undefined
  encoding?: 'utf8' | 'base64' | undefined
  createdAt: string
  endedAt?: string | undefined
}

export function viewTransaction(record: TransactionRecord): TransactionView {
  return {
    id: record.id,
    channel: record.channel,
    txId: record.txId,
    purpose: record.purpose,
    contract: record.about?.contract,
    function: record.about?.function,
    state: record.state,
    status: record.status,
    block: record.block,
    ...(record.result ? readResult(record.result) : {}),
    createdAt: moment(record.createdAt),
    endedAt: momentOf(record.endedAt),
  }
}

/** What a contract answered, as text where it is text. */
export function readResult(bytes: Uint8Array): { result: string; encoding: 'utf8' | 'base64' } {
  try {
    return { result: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'utf8' }
  } catch {
    return { result: Buffer.from(bytes).toString('base64'), encoding: 'base64' }
  }
}
