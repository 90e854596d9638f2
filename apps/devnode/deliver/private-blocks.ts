/** Blocks with the private data that belongs to them, as far as who asks may see it. */
import { decode } from '@cello/fabric/codec'
import { common, ledger, peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import { readBlockParts } from '../ledger/block-parts.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import { signaturePolicy } from '../policies/signature-policy.ts'
import { type SignedData, signersOf } from '../policies/signed-data.ts'
import type { CommittedPrivateWrites } from '../state/private-store.ts'

const { TxPvtReadWriteSet, NsPvtReadWriteSet, CollectionPvtReadWriteSet } = ledger.rwset

/** Encoded `protos.BlockAndPrivateData`. @throws Error in Fabric's words where a collection is not defined any more */
export function blockAndPrivateData(
  block: Uint8Array,
  { channel, signed, lifecycle }: { channel: PeerChannel; signed: SignedData; lifecycle: Lifecycle },
): Uint8Array {
  const answer = new peer.BlockAndPrivateData()
  answer.setBlock(decode(common.Block, block))
  const { number } = readBlockParts(block)
  const visible = channel.privateData
    .committed(number)
    .filter((writes) => maySee(writes, { channel, signed, definition: lifecycle }))
  for (const [transaction, writes] of Map.groupBy(visible, (one) => one.transaction)) {
    answer.getPrivateDataMapMap().set(transaction, writesOf(writes))
  }
  return answer.serializeBinary()
}

interface Asker {
  readonly channel: PeerChannel
  readonly signed: SignedData
  readonly definition: Pick<Lifecycle, 'definition'>
}

/** As in Fabric: collections that members alone may read are kept from others, and no others. */
function maySee({ namespace, collection }: CommittedPrivateWrites, asker: Asker): boolean {
  // Every organization has such a collection by its nature, and it has no rule for reading.
  if (collection.startsWith('_implicit_org_')) return true
  const { channel, signed } = asker
  const config = asker.definition
    .definition(channel.state, namespace)
    ?.collections.find((one) => one.getName() === collection)
  if (!config) {
    throw new Error(`no collection config was found for collection ${collection} for chaincode ${namespace}`)
  }
  if (!config.getMemberOnlyRead()) return true
  const members = config.getMemberOrgsPolicy()?.getSignaturePolicy()
  if (!members) return false
  return signaturePolicy(members.serializeBinary())(signersOf([signed], channel.config.memberships)) === undefined
}

function writesOf(writes: readonly CommittedPrivateWrites[]): InstanceType<typeof TxPvtReadWriteSet> {
  const set = new TxPvtReadWriteSet()
  for (const [namespace, own] of Map.groupBy(writes, (one) => one.namespace)) {
    const ofContract = new NsPvtReadWriteSet()
    ofContract.setNamespace(namespace)
    for (const one of own) {
      const ofCollection = new CollectionPvtReadWriteSet()
      ofCollection.setCollectionName(one.collection)
      ofCollection.setRwset(one.writes)
      ofContract.addCollectionPvtRwset(ofCollection)
    }
    set.addNsPvtRwset(ofContract)
  }
  return set
}
