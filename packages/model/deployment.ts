import { z } from 'zod'
import { ContractName, ContractVersion, NodeRef, OrganizationName } from './names.ts'

/** SHA-256 of an uploaded package, lower-case hex: what `package upload` answers. */
export const PackageDigest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'give the digest that the upload answered: 64 hex digits')

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
const host = String.raw`(?:${label}(?:\.${label})*|\[[0-9a-fA-F:.]+\])`
/** 1 to 65535. */
const port = String.raw`(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])`

/** `host:port` of a contract that somebody else runs. */
export const ServiceAddress = z
  .string()
  .max(260)
  .regex(new RegExp(`^${host}:${port}$`), 'write it as host:port, with a port from 1 to 65535')

/** Who must endorse what is written to a collection: signature policy text, or the name of a policy of the channel. */
export const CollectionEndorsement = z.union([
  z.strictObject({ signaturePolicy: z.string().min(1).max(4000) }),
  z.strictObject({ channelConfigPolicy: z.string().min(1).max(4000) }),
])
export type CollectionEndorsement = z.infer<typeof CollectionEndorsement>

/** One private data collection, in the words of Fabric's collection config. */
export const Collection = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,80}$/),
  /** Signature policy text over the members, such as OR('Org1MSP.member','Org2MSP.member'). */
  policy: z.string().max(4000),
  requiredPeerCount: z.int().min(0).max(100).default(0),
  maxPeerCount: z.int().min(0).max(100).default(1),
  /** Blocks after which private data is purged; 0 keeps it for ever. */
  blockToLive: z.int().min(0).default(0),
  memberOnlyRead: z.boolean().default(true),
  memberOnlyWrite: z.boolean().default(true),
  /** Default: whoever endorses the contract. */
  endorsementPolicy: CollectionEndorsement.optional(),
})
export type Collection = z.infer<typeof Collection>

/**
 * A contract as wanted on a channel. Exactly one of `package` (we run it, one node per organization) and `address`
 * (somebody else runs it). The sequence is not wanted but follows: one more than what is committed.
 */
export const DeploymentSpec = z
  .strictObject({
    name: ContractName,
    version: ContractVersion.default('1.0'),
    package: PackageDigest.optional(),
    address: ServiceAddress.optional(),
    /**
     * For whoever writes the contract: what its nodes run instead of `package`, under the same definition and package id.
     * A change of it is a restart of its nodes, and nothing that the ledger knows of.
     */
    code: PackageDigest.optional(),
    /** Signature policy text, or the name of a channel policy beginning with `/`; default: the channel's Endorsement policy. */
    policy: z.string().max(4000).optional(),
    initRequired: z.boolean().default(false),
    collections: z.array(Collection).max(50).default([]),
    /** Organizations that run it; default: all members. The others can still approve and read. */
    organizations: z.array(OrganizationName).min(1).max(50).optional(),
    /** Peers it is installed on; default: every peer of those organizations. */
    peers: z.array(NodeRef).min(1).max(500).optional(),
  })
  .refine((spec) => (spec.package === undefined) !== (spec.address === undefined), {
    message: 'give either package (we run it) or address (you run it)',
    path: ['package'],
  })
  .refine((spec) => spec.code === undefined || spec.package !== undefined, {
    message: 'code stands in for a package; a contract that you run yourself is yours to restart',
    path: ['code'],
  })
export type DeploymentSpec = z.infer<typeof DeploymentSpec>
