/** Who may read and write a collection of private data. */
import type { peer } from '@hyperledger/fabric-protos'
import { signaturePolicy } from '../policies/signature-policy.ts'
import { signersOf } from '../policies/signed-data.ts'
import type { Invocation } from './contract.ts'
import { wrapped } from './words.ts'

export interface PrivateAccess {
  /** @throws Error in Fabric's words: no such collection, or the proposal's creator may not read it */
  checkRead(collection: string): void
  checkWrite(collection: string): void
}

interface Permission {
  readonly read: boolean
  readonly write: boolean
}

/** An organization has a collection of its own in every contract, which no definition names. */
const implicitPrefix = '_implicit_org_'

/** Looks each collection up once. @param collections those of the contract's committed definition */
export function privateAccess(
  invocation: Invocation,
  collections: () => readonly peer.StaticCollectionConfig[],
): PrivateAccess {
  const known = new Map<string, Permission>()
  const permissionOf = (collection: string): Permission => {
    const permission = known.get(collection) ?? readPermission(invocation, collection, collections())
    known.set(collection, permission)
    return permission
  }
  const check = (act: 'read' | 'write', collection: string) => {
    if (invocation.isInit) throw new Error('private data APIs are not allowed in chaincode Init()')
    if (permissionOf(collection)[act]) return
    throw new Error(
      `tx creator does not have ${act} access permission on privatedata in chaincodeName:${invocation.contract} collectionName: ${collection}`,
    )
  }
  return {
    checkRead: (collection) => check('read', collection),
    checkWrite: (collection) => check('write', collection),
  }
}

function readPermission(
  invocation: Invocation,
  name: string,
  collections: readonly peer.StaticCollectionConfig[],
): Permission {
  if (name.startsWith(implicitPrefix)) return { read: true, write: true }
  const collection = collections.find((candidate) => candidate.getName() === name)
  if (!collection) {
    throw new Error(`collection ${invocation.channel?.name}/${invocation.contract}/${name} could not be found`)
  }
  const read = !collection.getMemberOnlyRead()
  const write = !collection.getMemberOnlyWrite()
  if (read && write) return { read, write }
  return isMember(invocation, collection) ? { read: true, write: true } : { read, write }
}

function isMember({ channel, creator, signedProposal }: Invocation, collection: peer.StaticCollectionConfig): boolean {
  const envelope = collection.getMemberOrgsPolicy()?.getSignaturePolicy()
  if (!envelope) throw new Error('Collection config access policy is nil')
  const data = signedProposal.getProposalBytes_asU8()
  const signed = { data, identity: creator, signature: signedProposal.getSignature_asU8() }
  try {
    const policy = signaturePolicy(envelope.serializeBinary())
    return policy(signersOf([signed], channel?.config.memberships ?? new Map())) === undefined
  } catch (error) {
    throw wrapped('failed constructing policy object out of collection policy config', error)
  }
}
