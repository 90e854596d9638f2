/** Blocks without contents: what became of each transaction, and which events it set. */
import { decode } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import { readBlockParts } from '../ledger/block-parts.ts'

const { BlockMetadataIndex, HeaderType } = common

/** Encoded `protos.FilteredBlock`, as Fabric's `toFilteredBlock` makes it. @throws Error where a transaction cannot be read */
export function filteredBlock(block: Uint8Array): Uint8Array {
  const { number, envelopes, metadata } = readBlockParts(block)
  const codes = metadata[BlockMetadataIndex.TRANSACTIONS_FILTER] ?? new Uint8Array()
  const filtered = new peer.FilteredBlock()
  filtered.setNumber(number)
  for (const [index, envelope] of envelopes.entries()) {
    const payload = payloadOf(envelope)
    const encoded = payload?.getHeader()?.getChannelHeader_asU8()
    if (!payload || !encoded) continue
    const header = decode(common.ChannelHeader, encoded)
    filtered.setChannelId(header.getChannelId())
    filtered.addFilteredTransactions(filteredTransaction(header, codes[index], payload.getData_asU8()))
  }
  return filtered.serializeBinary()
}

function filteredTransaction(
  header: common.ChannelHeader,
  code: number | undefined,
  data: Uint8Array,
): peer.FilteredTransaction {
  const transaction = new peer.FilteredTransaction()
  transaction.setTxid(header.getTxId())
  transaction.setType(typeOf(header))
  transaction.setTxValidationCode(validationCode(code))
  if (transaction.getType() === HeaderType.ENDORSER_TRANSACTION) {
    const actions = new peer.FilteredTransactionActions()
    for (const event of eventsOf(data)) {
      // As in Fabric: without a contract's name there is no event, and so no action.
      if (event.getChaincodeId() === '') continue
      const action = new peer.FilteredChaincodeAction()
      action.setChaincodeEvent(withoutPayload(event))
      actions.addChaincodeActions(action)
    }
    transaction.setTransactionActions(actions)
  }
  return transaction
}

/** The events of a transaction, one for each action; one that sets none has an empty one. @throws Error where it cannot be read */
export function eventsOf(transaction: Uint8Array): readonly peer.ChaincodeEvent[] {
  return decode(peer.Transaction, transaction)
    .getActionsList()
    .flatMap((one) => {
      const action = decode(peer.ChaincodeActionPayload, one.getPayload_asU8()).getAction()
      if (!action) return []
      const response = decode(peer.ProposalResponsePayload, action.getProposalResponsePayload_asU8())
      const result = decode(peer.ChaincodeAction, response.getExtension_asU8())
      return [decode(peer.ChaincodeEvent, result.getEvents_asU8())]
    })
}

function withoutPayload(event: peer.ChaincodeEvent): peer.ChaincodeEvent {
  const shown = new peer.ChaincodeEvent()
  shown.setTxId(event.getTxId())
  shown.setChaincodeId(event.getChaincodeId())
  shown.setEventName(event.getEventName())
  return shown
}

function payloadOf(envelope: Uint8Array): common.Payload | undefined {
  let decoded: common.Envelope
  try {
    decoded = decode(common.Envelope, envelope)
  } catch {
    return undefined // orderers do not look into what they order; Fabric leaves such a one out, too
  }
  return decode(common.Payload, decoded.getPayload_asU8())
}

type HeaderTypeCode = common.HeaderTypeMap[keyof common.HeaderTypeMap]
type ValidationCode = peer.TxValidationCodeMap[keyof peer.TxValidationCodeMap]

function typeOf(header: common.ChannelHeader): HeaderTypeCode {
  const type = header.getType()
  const known = Object.values(HeaderType).find((value) => value === type)
  if (known === undefined) throw new Error(`unknown header type ${type}`)
  return known
}

/** The code by its number in a block's metadata. */
export function validationCode(code: number | undefined): ValidationCode {
  const { TxValidationCode } = peer
  return Object.values(TxValidationCode).find((value) => value === code) ?? TxValidationCode.INVALID_OTHER_REASON
}
