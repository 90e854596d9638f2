/** Whose policies a simulated transaction needs: what clients pass on to discovery (`buildChaincodeInterest` of core/endorser/endorser.go). */
import { peer } from '@hyperledger/fabric-protos'
import type { CollectionHashes, NamespaceSet } from '../simulation/rwset.ts'
import type { SimulationResults } from '../simulation/simulator.ts'

/** @param isSystem the peer's own contracts, which have no policy there */
export function contractInterest(
  results: Pick<SimulationResults, 'sets' | 'privateReads'>,
  isSystem: (name: string) => boolean,
): peer.ChaincodeInterest {
  const interest = new peer.ChaincodeInterest()
  for (const set of results.sets) {
    if (isSystem(set.namespace)) continue
    const reads = results.privateReads.filter(({ namespace }) => namespace === set.namespace)
    for (const call of callsOf(set, new Set(reads.map(({ collection }) => collection)))) interest.addChaincodes(call)
  }
  return interest
}

function callsOf(set: NamespaceSet, privateReads: ReadonlySet<string>): readonly peer.ChaincodeCall[] {
  const { namespace, collections } = set
  const written = collections.filter(writesHashed).map(({ collection }) => collection)
  // Where only private data is written, the collections' policies are enough.
  const needsOwn = writesPublic(set) || written.length === 0
  const own = needsOwn ? [callOf(namespace)] : []
  const names = [...new Set([...written, ...privateReads])]
  return [...own, ...names.map((name) => callOf(namespace, { name, isRead: privateReads.has(name) }))]
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

const writesPublic = ({ writes, metadataWrites }: NamespaceSet): boolean => writes.length + metadataWrites.length > 0

const writesHashed = ({ hashedWrites, hashedMetadataWrites }: CollectionHashes): boolean =>
  hashedWrites.length + hashedMetadataWrites.length > 0
