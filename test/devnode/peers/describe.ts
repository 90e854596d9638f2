/** For tests only: what is inside of answers and transactions, as plain JSON. Block numbers count from where the scenario began. */
import { validationCodeName } from '@cello/fabric'
import { toHex } from '@cello/fabric/codec'
import { ledger, msp, peer } from '@hyperledger/fabric-protos'
import type { Seen } from '../agreement/scenario.ts'

const { kvrwset, TxReadWriteSet } = ledger.rwset
type Kv = typeof ledger.rwset.kvrwset

export const codeName = (code: number): string => validationCodeName(code)

/** Text where bytes are text; hexadecimal otherwise. */
export function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8')
  return Buffer.from(text).equals(Buffer.from(bytes)) ? shortened(text) : toHex(bytes)
}

/** Composite keys in words, long values by their length. */
function shortened(text: string): string {
  if (text.length > 2_000) return `${text.length} × ${text[0]}`
  return text.replaceAll('\u0000', '|').replaceAll('\u{10ffff}', '<max>')
}

export function describeResponse(response: peer.Response | undefined): Seen {
  if (!response) return { status: null }
  const payload = textOf(response.getPayload_asU8())
  return { status: response.getStatus(), message: response.getMessage(), ...(payload === '' ? {} : { payload }) }
}

/** An endorser's answer: its response, and what it endorsed. @param base the height where the scenario began */
export function describeAnswer(answer: peer.ProposalResponse, base: number): Seen {
  const endorsement = answer.getEndorsement()
  const payload = answer.getPayload_asU8()
  // Fabric lists what was called in the order of a map.
  const interest = answer
    .getInterest()
    ?.toObject()
    .chaincodesList.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return {
    version: answer.getVersion(),
    response: describeResponse(answer.getResponse()),
    endorsedBy: endorsement ? mspIdOf(endorsement.getEndorser_asU8()) : null,
    ...(payload.length > 0 ? { result: describeResult(payload, base) } : {}),
    ...(interest && interest.length > 0 ? { interest } : {}),
  }
}

export const mspIdOf = (identity: Uint8Array): string => msp.SerializedIdentity.deserializeBinary(identity).getMspid()

export function describeResult(responsePayload: Uint8Array, base: number): Seen {
  const response = peer.ProposalResponsePayload.deserializeBinary(responsePayload)
  const action = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8())
  const event = peer.ChaincodeEvent.deserializeBinary(action.getEvents_asU8())
  return {
    proposalHashBytes: response.getProposalHash_asU8().length,
    contract: action.getChaincodeId()?.toObject(),
    response: describeResponse(action.getResponse()),
    ...(event.getEventName() === '' ? {} : { event: describeEvent(event) }),
    access: describeAccess(action.getResults_asU8(), base),
  }
}

export function describeEvent(event: peer.ChaincodeEvent): Seen {
  return {
    contract: event.getChaincodeId(),
    name: event.getEventName(),
    payload: textOf(event.getPayload_asU8()),
    hasId: event.getTxId().length === 64,
  }
}

/** A transaction's read-write set with everything that is in it. */
export function describeAccess(results: Uint8Array, base: number): unknown {
  const set = TxReadWriteSet.deserializeBinary(results)
  return set.getNsRwsetList().map((access) => {
    const inner = kvrwset.KVRWSet.deserializeBinary(access.getRwset_asU8())
    const collections = access.getCollectionHashedRwsetList().map((one) => describeCollection(one, base))
    return without({
      namespace: access.getNamespace(),
      reads: inner.getReadsList().map((read) => readOf(read, base)),
      ranges: inner.getRangeQueriesInfoList().map((range) => rangeOf(range, base)),
      writes: inner.getWritesList().map((write) => ({
        key: textOf(Buffer.from(write.getKey())),
        ...(write.getIsDelete() ? { deleted: true } : { value: valueOf(access.getNamespace(), write) }),
      })),
      metadata: inner.getMetadataWritesList().map((write) => ({
        key: write.getKey(),
        entries: write.getEntriesList().map((entry) => entry.getName()),
      })),
      collections,
    })
  })
}

/** Lists that are empty say nothing. */
function without(record: Record<string, unknown>): Seen {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => !(Array.isArray(value) && value.length === 0)))
}

/** Definitions are compared where they are asked for; here the bytes would hold package ids. */
const valueOf = (namespace: string, write: ledger.rwset.kvrwset.KVWrite): string =>
  namespace === '_lifecycle'
    ? `${write.getValue_asU8().length > 0 ? 'some' : 'no'} bytes`
    : textOf(write.getValue_asU8())

function versionOf(version: ledger.rwset.kvrwset.Version | undefined, base: number): string | null {
  if (!version) return null
  const distance = version.getBlockNum() - base
  // How far back lies what other scenarios did is no matter of agreement.
  return distance < 0 ? 'before' : `${distance}:${version.getTxNum()}`
}

function readOf(read: ledger.rwset.kvrwset.KVRead, base: number): Seen {
  return { key: textOf(Buffer.from(read.getKey())), version: versionOf(read.getVersion(), base) }
}

function rangeOf(range: ledger.rwset.kvrwset.RangeQueryInfo, base: number): Seen {
  const raw = range.getRawReads()
  const tree = range.getReadsMerkleHashes()
  return {
    start: textOf(Buffer.from(range.getStartKey())),
    end: textOf(Buffer.from(range.getEndKey())),
    exhausted: range.getItrExhausted(),
    ...(raw ? { reads: raw.getKvReadsList().map((read) => readOf(read, base)) } : {}),
    ...(tree ? { tree: treeOf(tree) } : {}),
  }
}

function treeOf(tree: InstanceType<Kv['QueryReadsMerkleSummary']>): Seen {
  const hashes = tree.getMaxLevelHashesList_asU8()
  return { degree: tree.getMaxDegree(), level: tree.getMaxLevel(), hashes: hashes.map((hash) => hash.length) }
}

/** A hash that is the same in every run, since nothing that changes is in what it is of. */
const exact = (hash: Uint8Array): string => (hash.length === 0 ? '' : `sha256_${toHex(hash)}`)

function describeCollection(one: ledger.rwset.CollectionHashedReadWriteSet, base: number): Seen {
  const set = kvrwset.HashedRWSet.deserializeBinary(one.getHashedRwset_asU8())
  return without({
    collection: one.getCollectionName(),
    hash: exact(one.getPvtRwsetHash_asU8()),
    reads: set.getHashedReadsList().map((read) => ({
      key: exact(read.getKeyHash_asU8()),
      version: versionOf(read.getVersion(), base),
    })),
    writes: set.getHashedWritesList().map((write) => ({
      key: exact(write.getKeyHash_asU8()),
      value: exact(write.getValueHash_asU8()),
      ...(write.getIsDelete() ? { deleted: true } : {}),
      ...(write.getIsPurge() ? { purged: true } : {}),
    })),
    metadata: set.getMetadataWritesList().map((write) => ({ key: exact(write.getKeyHash_asU8()) })),
  })
}
