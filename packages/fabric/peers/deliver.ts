import { type common, peer } from '@hyperledger/fabric-protos'
import type { Connection } from '../connection.ts'
import { type DeliverRange, deliver } from '../deliver-request.ts'
import type { CallOptions } from '../endpoint.ts'
import type { Signer } from '../signer.ts'

const blocks = {
  method: peer.DeliverService.deliver,
  blockOf: (answer: peer.DeliverResponse) => answer.getBlock(),
}

const filteredBlocks = {
  method: peer.DeliverService.deliverFiltered,
  blockOf: (answer: peer.DeliverResponse) => answer.getFilteredBlock(),
}

/** Blocks of a channel from a peer, with validation codes. `timeoutMs` is idle time. @throws FabricError, see `deliver` */
export function deliverFromPeer(
  connection: Connection,
  signer: Signer,
  range: DeliverRange,
  options: CallOptions = {},
): AsyncGenerator<common.Block, void, undefined> {
  return deliver({ connection, signer, ...blocks }, range, options)
}

/** The verdicts of one block, without payloads. */
export interface FilteredBlock {
  readonly channel: string
  readonly number: number
  readonly transactions: readonly FilteredTransaction[]
}

export interface FilteredTransaction {
  readonly transactionId: string
  /** A `common.HeaderType` number. */
  readonly type: number
  /** A `peer.TxValidationCode` number, 0 for VALID. */
  readonly validationCode: number
  /** Contract events, without their payloads. */
  readonly events: readonly { readonly contract: string; readonly name: string }[]
}

/** Filtered blocks of a channel from a peer. `timeoutMs` is idle time. @throws FabricError, see `deliver` */
export async function* deliverFilteredFromPeer(
  connection: Connection,
  signer: Signer,
  range: DeliverRange,
  options: CallOptions = {},
): AsyncGenerator<FilteredBlock, void, undefined> {
  for await (const block of deliver({ connection, signer, ...filteredBlocks }, range, options)) {
    yield {
      channel: block.getChannelId(),
      number: block.getNumber(),
      transactions: block.getFilteredTransactionsList().map(filteredTransaction),
    }
  }
}

function filteredTransaction(transaction: peer.FilteredTransaction): FilteredTransaction {
  const actions = transaction.getTransactionActions()?.getChaincodeActionsList() ?? []
  return {
    transactionId: transaction.getTxid(),
    type: transaction.getType(),
    validationCode: transaction.getTxValidationCode(),
    events: actions.flatMap((action) => {
      const event = action.getChaincodeEvent()
      return event ? [{ contract: event.getChaincodeId(), name: event.getEventName() }] : []
    }),
  }
}
