import type { BftOptions, RaftOptions } from './consensus-options.ts'
import type { PolicySpec } from './policy-spec.ts'

/** A whole channel as wanted: the input of `channelGroup` and `genesisBlock`. All certificates and lists are PEM text. */
export interface ChannelSpec {
  /** `[a-z][a-z0-9.-]*`, at most 249 characters. */
  readonly channelId: string
  readonly capabilities: ChannelCapabilities
  /** Merged over `defaultChannelPolicies`. */
  readonly policies?: PolicySet
  /** Resource name to policy reference, for example `peer/Propose` to `/Channel/Application/Writers`. */
  readonly acls?: Readonly<Record<string, string>>
  readonly orderer: OrdererSpec
  readonly application: ApplicationSpec
}

/** Capability names per group. The level of a group is its highest; a node stops for good at a name that it does not know. */
export interface ChannelCapabilities {
  readonly channel: readonly string[]
  readonly orderer: readonly string[]
  readonly application: readonly string[]
}

export interface OrdererSpec {
  readonly batch: BatchSettings
  readonly consensus: ConsensusSpec
  /** `host:port` of orderers for all organizations; only without channel capability V3_0, which abolished them. */
  readonly addresses?: readonly string[]
  /** Channels that an orderer may carry; 0 (the default) is no limit. */
  readonly maxChannels?: number
  /** Merged over `defaultOrdererPolicies`. BFT computes BlockValidation itself. */
  readonly policies?: PolicySet
  readonly organizations: readonly OrdererOrganization[]
}

export interface ApplicationSpec {
  /** Merged over `defaultApplicationPolicies`. */
  readonly policies?: PolicySet
  readonly organizations: readonly ApplicationOrganization[]
}

export type PolicySet = Readonly<Record<string, PolicySpec>>

/** When a block is cut. With BFT too, but for the time-out: that is the option `requestBatchMaxInterval` there. */
export interface BatchSettings {
  /** Transactions a block, ≥ 1. */
  readonly maxMessageCount: number
  /** Bytes a block never exceeds, at least twice the channel's config. */
  readonly absoluteMaxBytes: number
  /** Bytes at which a block is cut, 1 to `absoluteMaxBytes`. */
  readonly preferredMaxBytes: number
  /** Longest wait for more transactions, in Go's notation: `2s`, `200ms`. Of no effect with BFT. */
  readonly timeout: string
}

export type ConsensusSpec =
  | {
      readonly type: 'etcdraft'
      readonly consenters: readonly RaftConsenter[]
      readonly options?: Partial<RaftOptions>
    }
  | { readonly type: 'BFT'; readonly consenters: readonly BftConsenter[]; readonly options?: Partial<BftOptions> }

/** Raft knows an orderer by its TLS certificates; Fabric compares the public keys. */
export interface RaftConsenter extends HostPort {
  readonly clientTlsCertificate: string
  readonly serverTlsCertificate: string
}

/** BFT knows an orderer by its enrolment certificate and MSP. */
export interface BftConsenter extends RaftConsenter {
  /** Unique on the channel, 1 to 4294967295. */
  readonly id: number
  readonly mspId: string
  /** The orderer's enrolment certificate. */
  readonly identity: string
}

export interface OrganizationSpec {
  /** Key of the organization in its group; by custom the MSP id. */
  readonly name: string
  readonly msp: MspSpec
  /** Merged over `defaultOrganizationPolicies` (or the orderer organizations'). */
  readonly policies?: PolicySet
}

export interface OrdererOrganization extends OrganizationSpec {
  /** `host:port` where this organization's orderers answer; at least one with channel capability V3_0. */
  readonly endpoints?: readonly string[]
}

export interface ApplicationOrganization extends OrganizationSpec {
  readonly anchorPeers?: readonly HostPort[]
}

export interface HostPort {
  /** A host name, an IPv4 address, or an IPv6 address in brackets. */
  readonly host: string
  readonly port: number
}

/** Who belongs to an organization: what Fabric keeps in `FabricMSPConfig`. Lists are in the order written. */
export interface MspSpec {
  readonly mspId: string
  /** At least one. */
  readonly rootCertificates: readonly string[]
  readonly intermediateCertificates?: readonly string[]
  readonly tlsRootCertificates?: readonly string[]
  readonly tlsIntermediateCertificates?: readonly string[]
  /** PEM with label `X509 CRL`. */
  readonly revocationLists?: readonly string[]
  /** Administrators by certificate; with NodeOUs the organizational unit `admin` makes them. */
  readonly admins?: readonly string[]
  /** Default: `defaultNodeOus`. `false` switches the classification by organizational units off. */
  readonly nodeOus?: NodeOus | false
}

export interface NodeOus {
  readonly client?: OuIdentifier
  readonly peer?: OuIdentifier
  readonly admin?: OuIdentifier
  readonly orderer?: OuIdentifier
}

export interface OuIdentifier {
  readonly unit: string
  /** The authority that must have issued the certificate; any of the MSP's when absent. */
  readonly certificate?: string
}
