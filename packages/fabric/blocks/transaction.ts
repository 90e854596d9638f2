import { common } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { type ValidationCode, validationCodeName } from '../validation-codes.ts'
import { type ConfigRecord, describeConfigEnvelope } from './config-record.ts'
import { type ContractAction, describeActions } from './contract-transaction.ts'
import { describeIdentity, type IdentityRecord } from './identity.ts'

/** What every envelope in a block says of itself. */
interface TransactionHead {
  /** Hexadecimal; empty for a config transaction that has none. */
  readonly transactionId: string
  readonly channel: string
  /** ISO 8601, the creator's own clock; empty where it states no time, or one that no calendar has. */
  readonly createdAt: string
  /** Absent in a genesis block. */
  readonly creator?: IdentityRecord
  /** The peers' verdict; absent where the block comes from an orderer. */
  readonly validationCode?: ValidationCode
}

/** One transaction as plain JSON. */
export type TransactionRecord = TransactionHead &
  (
    | { readonly kind: 'contract'; readonly actions: readonly ContractAction[] }
    | { readonly kind: 'config'; readonly config: ConfigRecord }
    /** Of a type that blocks of today's Fabric do not hold, or not decodable: an invalid one can be anything. */
    | { readonly kind: 'other'; readonly type: string; readonly problem?: string }
  )

/**
 * A transaction's envelope in words. Never throws for its content: anybody may have put anything in it that peers then
 * marked invalid.
 */
export function describeTransaction(
  envelope: common.Envelope | Uint8Array,
  validationCode?: number,
): TransactionRecord {
  const verdict = validationCode === undefined ? {} : { validationCode: validationCodeName(validationCode) }
  try {
    const message = envelope instanceof Uint8Array ? decode(common.Envelope, envelope) : envelope
    const payload = decode(common.Payload, message.getPayload_asU8())
    return bodyOf(payload, { ...headOf(payload), ...verdict })
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { kind: 'other', type: 'undecodable', problem, transactionId: '', channel: '', createdAt: '', ...verdict }
  }
}

const typeNames = new Map<number, string>(Object.entries(common.HeaderType).map(([name, value]) => [value, name]))

function channelHeaderOf(payload: common.Payload): common.ChannelHeader {
  return decode(common.ChannelHeader, payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array())
}

function headOf(payload: common.Payload): TransactionHead {
  const header = channelHeaderOf(payload)
  const signature = decode(common.SignatureHeader, payload.getHeader()?.getSignatureHeader_asU8() ?? new Uint8Array())
  const creator = signature.getCreator_asU8()
  return {
    transactionId: header.getTxId(),
    channel: header.getChannelId(),
    createdAt: timeOf(header),
    ...(creator.length > 0 ? { creator: describeIdentity(creator) } : {}),
  }
}

/** Peers do not look at the time: anybody may have written any number. */
function timeOf(header: common.ChannelHeader): string {
  const time = header.getTimestamp()?.toDate()
  return time && !Number.isNaN(time.getTime()) ? time.toISOString() : ''
}

function bodyOf(payload: common.Payload, head: TransactionHead): TransactionRecord {
  const type = channelHeaderOf(payload).getType()
  const name = typeNames.get(type) ?? String(type)
  try {
    if (type === common.HeaderType.ENDORSER_TRANSACTION) {
      return { ...head, kind: 'contract', actions: describeActions(payload.getData_asU8(), head.creator?.mspId ?? '') }
    }
    if (type === common.HeaderType.CONFIG) {
      return { ...head, kind: 'config', config: describeConfigEnvelope(payload.getData_asU8()) }
    }
    return { ...head, kind: 'other', type: name }
  } catch (error) {
    return { ...head, kind: 'other', type: name, problem: error instanceof Error ? error.message : String(error) }
  }
}
