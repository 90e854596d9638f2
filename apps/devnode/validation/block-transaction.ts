import { decode } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import { decodeReadWriteSet, type NamespaceSet } from '../simulation/rwset.ts'
import { configKey } from './check-config.ts'
import { chaincodeActionOf } from './read-action.ts'
import { indexedId, type ReadEnvelope } from './read-envelope.ts'

/** What is told of a transaction, valid or not. */
export interface BlockTransaction {
  /** Place in its block. */
  readonly index: number
  /** As its header says; empty for configs. */
  readonly txId: string
  /** By which it is found. */
  readonly indexedId: string
  /** `common.HeaderType`; −1 where it cannot be read. */
  readonly type: number
  readonly timestamp: { readonly seconds: number; readonly nanos: number }
}

export function readTransaction(read: ReadEnvelope, index: number): BlockTransaction {
  const time = read.channelHeader?.getTimestamp()
  return {
    index,
    txId: read.channelHeader?.getTxId() ?? '',
    indexedId: indexedId(read),
    type: read.channelHeader?.getType() ?? -1,
    timestamp: { seconds: keptSeconds(time?.getSeconds() ?? 0), nanos: time?.getNanos() ?? 0 },
  }
}

/** Clients write any number as their time: what no clock shows is kept as none. */
const keptSeconds = (seconds: number): number => (Number.isSafeInteger(seconds) ? seconds : 0)

/** The event of an endorser transaction, valid or not, if there is one that can be read. */
export function eventOf(read: ReadEnvelope): Uint8Array | undefined {
  try {
    const event = actionOf(read)?.getEvents_asU8()
    return event && event.length > 0 ? event : undefined
  } catch {
    return undefined
  }
}

/** What a transaction that was found valid wrote. @throws Error where it cannot be read, so never was valid */
export function setsOf(read: ReadEnvelope): readonly NamespaceSet[] {
  if (read.channelHeader?.getType() === common.HeaderType.CONFIG) {
    return configSets(read.payload?.getData_asU8() ?? new Uint8Array())
  }
  const action = actionOf(read)
  return action ? decodeReadWriteSet(action.getResults_asU8()) : []
}

/** A config transaction writes one key: the whole config. @param data of its payload */
export function configSets(data: Uint8Array): readonly NamespaceSet[] {
  const { namespace, key } = configKey
  const none = { reads: [], ranges: [], metadataWrites: [], collections: [] }
  return [{ namespace, ...none, writes: [{ key, isDelete: false, value: data }] }]
}

function actionOf({ channelHeader, payload }: ReadEnvelope): peer.ChaincodeAction | undefined {
  if (channelHeader?.getType() !== common.HeaderType.ENDORSER_TRANSACTION || !payload) return undefined
  const [action] = decode(peer.Transaction, payload.getData_asU8()).getActionsList()
  return action && chaincodeActionOf(decode(peer.ChaincodeActionPayload, action.getPayload_asU8()))
}
