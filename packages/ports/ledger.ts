import type { Secret } from '@cello/kit'
import type {
  BatchSettings,
  Collection,
  Consensus,
  NodeKind,
  NodeRecord,
  ObservedChannelConfig,
  PortName,
  RuntimeKind,
} from '@cello/model'
import type { Cancellable, NodeSpec, ProgramRef, Reached } from './driver.ts'

/**
 * What runs: one kind of blockchain node and how it is administered. The first half makes things out of given things and
 * touches no node; `open` gives a session that talks to the nodes of one network. `suites/ledger.ts` judges every ledger.
 *
 * Errors are PlatformErrors: NODE_UNREACHABLE, NODE_NOT_READY, NO_LEADER, LEDGER_REFUSED, LEDGER_BUSY, LEDGER_PROTOCOL,
 * COMMIT_FAILED, CONTRACT_ERROR, NOT_FOUND, UNSUPPORTED. «Already so» is never an error.
 */
export interface Ledger {
  readonly kind: RuntimeKind
  /** The organization's two authorities and its first administrator. New keys at each call: keep the result before use. */
  makeOrganization(org: OrganizationFacts): Promise<MadeIdentity[]>
  /** Enrolment and TLS identity of a node. New keys at each call. */
  makeNodeIdentities(request: NodeIdentityRequest): Promise<MadeIdentity[]>
  /** A user, an administrator, or what a certificate request asks for; the latter has no key. */
  makeUser(request: UserRequest): Promise<MadeIdentity>
  /** A certificate by which a user is known where TLS asks clients for one: for a key that stays with them. */
  certifyTlsClient(request: TlsClientRequest): Promise<MadeIdentity>
  /** @throws PlatformError LEDGER_REFUSED for what is no certificate. */
  readCertificate(pem: string): CertificateFacts
  /** A policy as the ledger would print it: documents keep it so, since they are compared with what the ledger prints. @throws LEDGER_REFUSED */
  normalizePolicy(text: string): string
  /** The channel's genesis block. Two calls give two blocks: keep the result before use. */
  makeGenesis(channel: ChannelFacts, network: LedgerNetwork): Promise<Uint8Array>
  /** The whole specification of a node, its configuration files included. Equal input gives an equal result. */
  describeNode(request: NodeRequest): NodeSpec
  /** The package to install for one organization's contract node or outside service. Deterministic. */
  packageContract(request: ContractPackageRequest): Promise<ContractPackage>
  /** Programs that nodes of this kind are started from, by name: `peer`, `orderer`; `node` for contracts. */
  programsFor(kind: NodeKind): readonly string[]
  open(network: LedgerNetwork, access: LedgerAccess): LedgerSession
}

/** Talks to one network's nodes. Connections are opened when needed and kept; `setNetwork` follows a change of it. */
export interface LedgerSession extends AsyncDisposable {
  setNetwork(network: LedgerNetwork): void
  observeOrderer(nodeId: string, options?: Cancellable): Promise<ObservedOrderer>
  observePeer(nodeId: string, options?: Cancellable): Promise<ObservedPeer>
  /** Blocks that an orderer or a peer has of a channel, at a third of the price of a look at it; undefined where it has not joined. */
  observeHeight(nodeId: string, channel: string, options?: Cancellable): Promise<number | undefined>
  /** Whether a contract's node can be called now. */
  observeContractNode(nodeId: string, options?: Cancellable): Promise<{ readonly ready: boolean }>
  /** Read from an orderer, or from a peer where no orderer answers: peers follow, and one that lags tells of the past. */
  observeChannel(channel: string, options?: Cancellable): Promise<ObservedChannel>
  /** What is committed on the channel; and of the contracts named, what each organization has approved. */
  observeContracts(channel: string, names: readonly string[], options?: Cancellable): Promise<ObservedContract[]>
  /** Peers that each gateway peer of the channel sees, by node id. Ready when each sees all. */
  observeDiscovery(channel: string, options?: Cancellable): Promise<ReadonlyMap<string, readonly string[]>>
  joinOrderer(nodeId: string, channel: string, genesis: Uint8Array, options?: Cancellable): Promise<void>
  leaveOrderer(nodeId: string, channel: string, options?: Cancellable): Promise<void>
  joinPeer(nodeId: string, channel: string, genesis: Uint8Array, options?: Cancellable): Promise<void>
  /** Makes the channel's configuration be as wanted, by one config update; nothing is sent where it is so already. */
  updateChannel(channel: ChannelFacts, options?: Cancellable): Promise<void>
  installPackage(nodeId: string, contractPackage: ContractPackage, options?: Cancellable): Promise<void>
  /** Builds, endorses and signs; sends nothing that lasts. `undefined`: it is so already. Keep the result, then `submit` it. */
  prepareApproval(request: ApprovalRequest, options?: Cancellable): Promise<PreparedTransaction | undefined>
  prepareCommit(request: CommitRequest, options?: Cancellable): Promise<PreparedTransaction | undefined>
  prepareInvoke(
    request: InvokeRequest,
    options?: Cancellable,
  ): Promise<PreparedTransaction & { readonly result: Uint8Array }>
  /** Sends it, or finds it sent, and waits for its place in the chain. The same envelope may be submitted any number of times. */
  submit(transaction: PreparedTransaction, options?: Cancellable): Promise<CommitStatus>
  /** The commit status of a transaction if a peer knows it. */
  findTransaction(channel: string, txId: string, options?: Cancellable): Promise<CommitStatus | undefined>
  query(request: InvokeRequest, options?: Cancellable): Promise<Uint8Array>
  chain(
    channel: string,
    options?: Cancellable,
  ): Promise<{ readonly height: number; readonly currentHash: string; readonly previousHash: string }>
  /** One block as plain JSON, see `@cello/fabric/blocks`. */
  block(channel: string, number: number, options?: Cancellable): Promise<Record<string, unknown>>
  transaction(channel: string, txId: string, options?: Cancellable): Promise<Record<string, unknown>>
  /**
   * What happened in a transaction at each peer that still knows, whether it came into a block or not.
   * @param txId `newest`: the one that a peer was asked for last. @throws UNSUPPORTED where nodes keep no traces, NOT_FOUND
   */
  trace(channel: string, txId: string, options?: Cancellable): Promise<TransactionTrace>
}

export interface TransactionTrace {
  readonly txId: string
  readonly peers: readonly {
    readonly nodeId: string
    /** In their order; `kind` says what else is in it, see docs/devnode.md. */
    readonly events: readonly TraceEvent[]
  }[]
}

export type TraceEvent = { readonly kind: string } & Readonly<Record<string, unknown>>

export interface OrganizationFacts {
  readonly name: string
  readonly mspId: string
  readonly domain: string
}

/** What an identity is for, unique in its organization: `ca`, `tls-ca`, `admin`, `user/alice`, `user-tls/alice`, `node/peer0`, `node-tls/peer0`. */
export type IdentitySubject =
  | 'ca'
  | 'tls-ca'
  | 'admin'
  | `user/${string}`
  | `user-tls/${string}`
  | `node/${string}`
  | `node-tls/${string}`

export interface MadeIdentity {
  readonly subject: IdentitySubject
  readonly certificate: string
  /** PKCS#8 PEM. Absent where the key is somebody's own. */
  readonly key?: Secret | undefined
}

export interface Authority {
  readonly certificate: string
  readonly key: Secret
}

export interface NodeIdentityRequest {
  readonly organization: OrganizationFacts
  readonly ca: Authority
  readonly tlsCa: Authority
  readonly name: string
  readonly kind: NodeKind
  /** DNS names and IP addresses that it is dialled at. */
  readonly hosts: readonly string[]
}

export interface UserRequest {
  readonly organization: OrganizationFacts
  readonly ca: Authority
  readonly name: string
  readonly role: 'client' | 'admin'
  /** Fabric attributes, readable by contracts. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
  /** PKCS#10 PEM: the key stays with whoever made it. */
  readonly certificateRequest?: string | undefined
}

export interface TlsClientRequest {
  readonly organization: OrganizationFacts
  readonly tlsCa: Authority
  /** Of the user. */
  readonly name: string
  /** PKCS#10 PEM. */
  readonly certificateRequest: string
}

export interface CertificateFacts {
  readonly subject: string
  readonly issuer: string
  readonly serial: string
  /** Milliseconds since 1970, UTC. */
  readonly notBefore: number
  readonly notAfter: number
  readonly names: readonly string[]
  readonly isAuthority: boolean
  /** `client`, `peer`, `admin`, `orderer` as NodeOUs say; absent on TLS certificates and authorities. */
  readonly role?: string | undefined
}

/** All that is public of a network: enough to dial and to build configurations. */
export interface LedgerNetwork {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly organizations: readonly LedgerOrganization[]
  readonly nodes: readonly LedgerNode[]
}

export interface LedgerOrganization extends OrganizationFacts {
  readonly caCertificate: string
  readonly tlsCaCertificate: string
  readonly adminCertificate: string
}

export interface LedgerNode {
  readonly record: NodeRecord
  /** The name in its certificates: `peer0.org1.demo.cello`. */
  readonly hostName: string
  /** The address of its host, which other nodes dial. */
  readonly address: string
  /** Absent for contracts. */
  readonly certificate?: string | undefined
  readonly tlsCertificate?: string | undefined
}

/** How a session gets at nodes and keys. */
export interface LedgerAccess {
  reach(nodeId: string, port: PortName, options?: Cancellable): Promise<Reached>
  /** The key of an identity of this network. */
  key(organization: string, subject: IdentitySubject): Promise<Secret>
}

export interface ChannelFacts {
  readonly name: string
  readonly consensus: Consensus
  readonly batch: BatchSettings
  /** Organization names. */
  readonly orderers: readonly string[]
  readonly members: readonly string[]
  /** Node ids of the orderers that agree on blocks. Fabric takes one change of this set at a time. */
  readonly consenters: readonly string[]
  /** Node ids of the peers by which organizations find each other: one of each member. */
  readonly anchors: readonly string[]
}

export interface NodeRequest {
  readonly network: LedgerNetwork
  readonly node: LedgerNode
  readonly programs: Readonly<Record<string, ProgramRef>>
  /** Keys of the node's own identities. Absent for contracts. */
  readonly enrolmentKey?: Secret | undefined
  readonly tlsKey?: Secret | undefined
  /** For contracts: the package id that this node answers for. */
  readonly packageId?: string | undefined
  readonly stateDatabase?: 'leveldb' | undefined
}

export interface ContractPackageRequest {
  /** `name_version`, and what tells two builds of it apart. */
  readonly label: string
  /** `host:port` that the peers of this organization dial. */
  readonly address: string
  /** META-INF files by path, such as indexes. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

export interface ContractPackage {
  /** `label:sha256`. */
  readonly id: string
  readonly label: string
  readonly bytes: Uint8Array
}

export interface ContractDefinition {
  readonly channel: string
  readonly name: string
  readonly version: string
  readonly sequence: number
  readonly initRequired: boolean
  /** Signature policy text, or `/Channel/Application/…`; absent: the channel's default. */
  readonly policy?: string | undefined
  readonly collections: readonly Collection[]
}

export interface ApprovalRequest {
  readonly organization: string
  readonly definition: ContractDefinition
  /** Absent for an organization that does not run the contract. */
  readonly packageId?: string | undefined
}

export interface CommitRequest {
  readonly organization: string
  readonly definition: ContractDefinition
}

export interface InvokeRequest {
  readonly channel: string
  readonly contract: string
  readonly function: string
  readonly args: readonly string[]
  /** Private input that stays out of the transaction. */
  readonly transient?: Readonly<Record<string, string>> | undefined
  /** The call that a contract deployed with `initRequired` waits for. */
  readonly init?: boolean | undefined
  /** Who calls: an identity whose key is held here. */
  readonly organization: string
  readonly subject: IdentitySubject
  readonly certificate: string
}

/** A signed envelope, to be kept before it is sent. */
export interface PreparedTransaction {
  readonly channel: string
  readonly txId: string
  readonly envelope: Uint8Array
}

export interface CommitStatus {
  readonly txId: string
  readonly valid: boolean
  /** Fabric's validation code by name: VALID, MVCC_READ_CONFLICT … */
  readonly status: string
  readonly block: number
}

export interface ObservedOrderer {
  readonly ready: boolean
  readonly channels: readonly {
    readonly name: string
    readonly height: number
    /** Of the participation API: active, onboarding, inactive, failed. */
    readonly status: string
    readonly relation: string
    /** Whether it leads; `unknown` where no metric says. */
    readonly leads: boolean | 'unknown'
  }[]
}

export interface ObservedPeer {
  readonly ready: boolean
  readonly channels: readonly { readonly name: string; readonly height: number }[]
  readonly packages: readonly string[]
}

/** A channel's configuration as it is, in the words of the document. */
export interface ObservedChannel extends ObservedChannelConfig {
  readonly name: string
  readonly height: number
}

export interface ObservedContract {
  readonly name: string
  readonly committed?: ContractDefinition | undefined
  readonly approvals: readonly {
    readonly organization: string
    readonly definition: ContractDefinition
    readonly packageId?: string | undefined
  }[]
}
