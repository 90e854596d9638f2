import { formatPolicy, parsePolicy } from '@cello/fabric/codec'
import type {
  EndorsementPolicy,
  ContractDefinition as FabricDefinition,
  PrivateCollection,
} from '@cello/fabric/lifecycle'
import { type Collection, type CollectionEndorsement, PlatformError } from '@cello/model'
import type { ContractDefinition } from '@cello/ports'

/** What Fabric writes where no policy is given. */
const defaultPolicy = '/Channel/Application/Endorsement'

/** A reference such as `/Channel/Application/Endorsement`, or signature policy text. */
export function normalizePolicy(text: string): string {
  if (text.startsWith('/')) return text
  try {
    return formatPolicy(parsePolicy(text))
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new PlatformError(
      'LEDGER_REFUSED',
      { detail: `the policy ${text} cannot be read: ${detail}` },
      { cause: error },
    )
  }
}

export function toFabric({
  name,
  version,
  sequence,
  initRequired,
  policy,
  collections,
}: ContractDefinition): FabricDefinition {
  return {
    name,
    version,
    sequence,
    initRequired,
    ...(policy !== undefined && { endorsementPolicy: toFabricPolicy(policy) }),
    collections: collections.map(toFabricCollection),
  }
}

export function fromFabric(channel: string, definition: Required<FabricDefinition>): ContractDefinition {
  const { name, version, sequence, initRequired, endorsementPolicy, collections } = definition
  return {
    channel,
    name,
    version,
    sequence,
    initRequired,
    policy: fromFabricPolicy(endorsementPolicy),
    collections: collections.map(fromFabricCollection),
  }
}

function toFabricCollection({ policy: members, endorsementPolicy, ...rest }: Collection): PrivateCollection {
  return { ...rest, members, ...(endorsementPolicy && { endorsementPolicy: toFabricEndorsement(endorsementPolicy) }) }
}

function toFabricEndorsement(policy: CollectionEndorsement): EndorsementPolicy {
  return 'signaturePolicy' in policy
    ? { signature: policy.signaturePolicy }
    : { channelConfig: policy.channelConfigPolicy }
}

function fromFabricCollection(collection: PrivateCollection): Collection {
  const { endorsementPolicy } = collection
  return {
    name: collection.name,
    policy: membersText(collection.members),
    requiredPeerCount: collection.requiredPeerCount ?? 0,
    maxPeerCount: collection.maxPeerCount ?? 0,
    blockToLive: collection.blockToLive ?? 0,
    memberOnlyRead: collection.memberOnlyRead ?? false,
    memberOnlyWrite: collection.memberOnlyWrite ?? false,
    ...(endorsementPolicy && { endorsementPolicy: fromFabricEndorsement(endorsementPolicy) }),
  }
}

function fromFabricEndorsement(policy: EndorsementPolicy): CollectionEndorsement {
  return 'channelConfig' in policy
    ? { channelConfigPolicy: policy.channelConfig }
    : { signaturePolicy: signatureText(policy) }
}

function membersText(members: PrivateCollection['members']): string {
  return signatureText(typeof members === 'string' ? { signature: members } : members)
}

/** A policy that was made elsewhere and has no text is shown as its bytes: no document says so, so it differs from all. */
function signatureText(policy: Exclude<EndorsementPolicy, { channelConfig: string }>): string {
  return 'signature' in policy ? normalizePolicy(policy.signature) : `base64:${policy.encoded}`
}

function toFabricPolicy(text: string): EndorsementPolicy {
  return text.startsWith('/') ? { channelConfig: text } : { signature: text }
}

function fromFabricPolicy(policy: EndorsementPolicy): string | undefined {
  if (!('channelConfig' in policy)) return signatureText(policy)
  return policy.channelConfig === defaultPolicy ? undefined : policy.channelConfig
}
