import { common } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { describeIdentity, type IdentityRecord } from './identity.ts'

/** A config transaction: the new sequence, who signed the update, and which items the update set. */
export interface ConfigRecord {
  /** 0 in a genesis block. */
  readonly sequence: number
  readonly signers: readonly IdentityRecord[]
  /** Empty in a genesis block, where everything is new. */
  readonly changes: readonly ConfigItemChange[]
}

/** One item that an update set or, for a group, whose members it changed. */
export interface ConfigItemChange {
  /** e.g. `/Channel/Application/Org3MSP`, `/Channel/Orderer/BatchSize`. */
  readonly path: string
  readonly kind: 'group' | 'value' | 'policy'
  /**
   * An update does not name what it removes: a removal is there as the change of its group. `configDifferences` of the two
   * configs names it.
   */
  readonly change: 'added' | 'changed' | 'removed'
}

/** @param bytes an encoded `common.ConfigEnvelope` */
export function describeConfigEnvelope(bytes: Uint8Array): ConfigRecord {
  const envelope = decode(common.ConfigEnvelope, bytes)
  const sequence = envelope.getConfig()?.getSequence() ?? 0
  const last = envelope.getLastUpdate()
  if (!last) return { sequence, signers: [], changes: [] }
  const payload = decode(common.Payload, last.getPayload_asU8())
  const update = decode(common.ConfigUpdateEnvelope, payload.getData_asU8())
  return {
    sequence,
    signers: update.getSignaturesList().map((signature) => {
      const header = decode(common.SignatureHeader, signature.getSignatureHeader_asU8())
      return describeIdentity(header.getCreator_asU8())
    }),
    changes: describeUpdate(decode(common.ConfigUpdate, update.getConfigUpdate_asU8())),
  }
}

/**
 * Which items an update sets, from its own read and write set: an item is in both with one version when it only locates
 * others, and has a higher version in the write set when it is set.
 */
export function describeUpdate(update: common.ConfigUpdate): readonly ConfigItemChange[] {
  const write = update.getWriteSet()
  return write ? groupChanges('/Channel', update.getReadSet(), write) : []
}

function groupChanges(
  path: string,
  read: common.ConfigGroup | undefined,
  write: common.ConfigGroup,
): readonly ConfigItemChange[] {
  const group = read ?? new common.ConfigGroup()
  const below = write.getGroupsMap().getEntryList()
  return [
    ...itemChange(path, 'group', read, write),
    ...memberChanges(path, 'value', group.getValuesMap(), write.getValuesMap()),
    ...memberChanges(path, 'policy', group.getPoliciesMap(), write.getPoliciesMap()),
    ...below.flatMap(([name]) => {
      const child = write.getGroupsMap().get(name)
      return child ? groupChanges(`${path}/${name}`, group.getGroupsMap().get(name), child) : []
    }),
  ]
}

interface Versioned {
  getVersion(): number
}

interface Members<V extends Versioned> {
  getEntryList(): [string, unknown][]
  get(key: string): V | undefined
}

function memberChanges<V extends Versioned>(
  path: string,
  kind: 'value' | 'policy',
  read: Members<V>,
  write: Members<V>,
): readonly ConfigItemChange[] {
  return write.getEntryList().flatMap(([name]) => {
    const set = write.get(name)
    return set ? itemChange(`${path}/${name}`, kind, read.get(name), set) : []
  })
}

function itemChange(
  path: string,
  kind: ConfigItemChange['kind'],
  read: Versioned | undefined,
  write: Versioned,
): readonly ConfigItemChange[] {
  if (read === undefined) return [{ path, kind, change: write.getVersion() === 0 ? 'added' : 'changed' }]
  return write.getVersion() > read.getVersion() ? [{ path, kind, change: 'changed' }] : []
}
