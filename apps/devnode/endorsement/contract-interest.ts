/** Whose policies a simulated transaction needs: what clients pass on to discovery (`buildChaincodeInterest` of core/endorser/endorser.go). */
import { decode } from '@cello/fabric/codec'
import { ledger, peer } from '@hyperledger/fabric-protos'
import type { SimulationResults } from '../simulation/simulator.ts'

/** @param isSystem the peer's own contracts, which have no policy there */
export function contractInterest(
  results: SimulationResults,
  isSystem: (name: string) => boolean,
): peer.ChaincodeInterest {
  const interest = new peer.ChaincodeInterest()
  const sets = decode(ledger.rwset.TxReadWriteSet, results.public).getNsRwsetList()
  for (const set of sets) {
    const name = set.getNamespace()
    if (isSystem(name)) continue
    const read = new Set(
      results.privateReads.filter(({ namespace }) => namespace === name).map(({ collection }) => collection),
    )
    for (const call of callsOf(set, read)) interest.addChaincodes(call)
  }
  return interest
}

function callsOf(set: ledger.rwset.NsReadWriteSet, privateReads: ReadonlySet<string>): readonly peer.ChaincodeCall[] {
  const collections = set.getCollectionHashedRwsetList()
  const written = collections.filter(writesHashed).map((collection) => collection.getCollectionName())
  // Where only private data is written, the collections' policies are enough.
  const needsOwn = writesPublic(set) || written.length === 0
  const own = needsOwn ? [callOf(set.getNamespace())] : []
  const names = [...new Set([...written, ...privateReads])]
  return [...own, ...names.map((name) => callOf(set.getNamespace(), { name, isRead: privateReads.has(name) }))]
}

function callOf(name: string, collection?: { readonly name: string; readonly isRead: boolean }): peer.ChaincodeCall {
  const call = new peer.ChaincodeCall()
  call.setName(name)
  if (collection) {
    call.addCollectionNames(collection.name)
    call.setNoPrivateReads(!collection.isRead)
  }
  return call
}

function writesPublic(set: ledger.rwset.NsReadWriteSet): boolean {
  const keys = decode(ledger.rwset.kvrwset.KVRWSet, set.getRwset_asU8())
  return keys.getWritesList().length + keys.getMetadataWritesList().length > 0
}

function writesHashed(collection: ledger.rwset.CollectionHashedReadWriteSet): boolean {
  const keys = decode(ledger.rwset.kvrwset.HashedRWSet, collection.getHashedRwset_asU8())
  return keys.getHashedWritesList().length + keys.getMetadataWritesList().length > 0
}
