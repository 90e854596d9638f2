/** For tests only: organizations, a channel of theirs as its peers keep it, and peers that serve nothing but neighbours. */
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import type { CommittedBlock, PeerChannel } from '../../committing/peer-channel.ts'
import type { ChannelConfig } from '../../config/channel-config.ts'
import type { TestMember, TestOrganization } from '../../endorsement/testing/test-organization.ts'
import type { ContractDefinition } from '../../lifecycle/definition.ts'
import type { Lifecycle } from '../../lifecycle/lifecycle.ts'
import { buildPolicyTree } from '../../policies/policy-tree.ts'
import { implicitPolicy } from '../../policies/testing/implicit-policy.ts'
import type { Pace } from '../calls.ts'
import { openConnections } from '../connections.ts'
import { type OpenNeighbours, openNeighbours, type WatchedChannels } from '../open-neighbours.ts'

export interface TestConfigOptions {
  readonly channel: string
  readonly organizations: readonly TestOrganization[]
  /** Addresses by MSP id. */
  readonly anchors?: Readonly<Record<string, string>>
  /** `host:port` of the orderers. */
  readonly orderers?: readonly string[]
  readonly consensus?: 'etcdraft' | 'BFT'
}

/** As much of a channel's config as neighbours, discovery and gateway look at. */
export function testConfig(options: TestConfigOptions): ChannelConfig {
  const { channel, organizations, anchors = {}, orderers = [], consensus = 'etcdraft' } = options
  const application = new common.ConfigGroup()
  for (const { mspId } of organizations) {
    const group = new common.ConfigGroup()
    for (const name of ['Readers', 'Writers', 'Endorsement']) setPolicy(group, name, signedByMember(mspId))
    const anchor = anchors[mspId]
    if (anchor !== undefined) setValue(group, 'AnchorPeers', anchorPeers(anchor))
    application.getGroupsMap().set(mspId, group)
  }
  for (const name of ['Readers', 'Writers']) setPolicy(application, name, implicitPolicy('ANY', name))
  for (const name of ['Endorsement', 'LifecycleEndorsement']) {
    setPolicy(application, name, implicitPolicy('MAJORITY', 'Endorsement'))
  }
  const root = new common.ConfigGroup()
  root.getGroupsMap().set('Application', application)
  const config = new common.Config()
  config.setChannelGroup(root)
  const memberships = new Map(organizations.map(({ mspId, membership }) => [mspId, membership]))
  const [orderingMember] = organizations
  const places = [...memberships].map(([mspId, membership]) => [`Application/${mspId}`, membership] as const)
  const found = {
    channel,
    config,
    sequence: 0,
    policies: buildPolicyTree('Channel', root),
    memberships,
    organizations: new Map([
      ...places,
      ...(orderingMember ? [['Orderer/orderers', orderingMember.membership] as const] : []),
    ]),
    orderer: { consensusType: consensus, endpoints: new Map([['orderers', orderers]]) },
  }
  // What these parts do not look at is not there.
  return found as unknown as ChannelConfig
}

function anchorPeers(address: string): Uint8Array {
  const [host = '', port = ''] = address.split(':')
  const anchor = new peer.AnchorPeer()
  anchor.setHost(host)
  anchor.setPort(Number(port))
  const anchors = new peer.AnchorPeers()
  anchors.addAnchorPeers(anchor)
  return anchors.serializeBinary()
}

function setValue(group: common.ConfigGroup, name: string, encoded: Uint8Array): void {
  const value = new common.ConfigValue()
  value.setValue(encoded)
  group.getValuesMap().set(name, value)
}

function setPolicy(group: common.ConfigGroup, name: string, policy: common.Policy): void {
  const value = new common.ConfigPolicy()
  value.setPolicy(policy)
  group.getPoliciesMap().set(name, value)
}

function signedByMember(mspId: string): common.Policy {
  const policy = new common.Policy()
  policy.setType(common.Policy.PolicyType.SIGNATURE)
  policy.setValue(signedBy(1, [mspId]).serializeBinary())
  return policy
}

/** So many members of these organizations. */
export function signedBy(needed: number, mspIds: readonly string[]): common.SignaturePolicyEnvelope {
  const several = new common.SignaturePolicy.NOutOf()
  several.setN(needed)
  const envelope = new common.SignaturePolicyEnvelope()
  for (const [index, mspId] of mspIds.entries()) {
    const rule = new common.SignaturePolicy()
    rule.setSignedBy(index)
    several.addRules(rule)
    envelope.addIdentities(member(mspId))
  }
  const rule = new common.SignaturePolicy()
  rule.setNOutOf(several)
  envelope.setRule(rule)
  return envelope
}

function member(mspId: string): msp.MSPPrincipal {
  const role = new msp.MSPRole()
  role.setMspIdentifier(mspId)
  role.setRole(msp.MSPRole.MSPRoleType.MEMBER)
  const principal = new msp.MSPPrincipal()
  principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE)
  principal.setPrincipal(role.serializeBinary())
  return principal
}

/** A channel whose height is what the test says. */
export interface TestPeerChannel extends PeerChannel {
  /** A block more; it wrote to these contracts. */
  grow(namespaces?: readonly string[]): void
}

export function testPeerChannel(config: ChannelConfig, height = 1): TestPeerChannel {
  const listeners = new Set<(block: CommittedBlock) => void>()
  let blocks = height
  const channel = {
    name: config.channel,
    config,
    state: {},
    isReady: true,
    get height() {
      return blocks
    },
    onCommit(listener: (block: CommittedBlock) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    grow(namespaces: readonly string[] = []) {
      const transactions = [{ txId: `tx${blocks}`, type: 3, code: 0, namespaces }]
      const block = {
        channel: config.channel,
        number: blocks++,
        bytes: new Uint8Array(),
        isConfig: false,
        transactions,
      }
      for (const listener of listeners) listener(block)
    },
  }
  // Blocks and state are not looked at here.
  return channel as unknown as TestPeerChannel
}

export interface TestChannels extends WatchedChannels {
  add(channel: PeerChannel): void
}

export function testChannels(): TestChannels {
  const channels = new Map<string, PeerChannel>()
  const listeners = new Set<() => void>()
  return {
    get: (name) => channels.get(name),
    names: () => [...channels.keys()],
    join: async () => {
      throw new Error('tests add channels')
    },
    onJoin(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    add(channel) {
      channels.set(channel.name, channel)
      for (const listener of listeners) listener()
    },
  }
}

/** Contracts by name: all are defined everywhere, and those that are installed run. */
export function testLifecycle(definitions: ReadonlyMap<string, Partial<ContractDefinition>>, installed: Set<string>) {
  const lifecycle = {
    defined: () => [...definitions.keys()],
    definition: (_reader: unknown, name: string) =>
      definitions.has(name) ? { name, sequence: 1, collections: [], ...definitions.get(name) } : undefined,
    packageOf: (_channel: unknown, name: string) => (installed.has(name) ? { id: `${name}:1` } : undefined),
  }
  return lifecycle as unknown as Lifecycle
}

export interface TestPeer extends AsyncDisposable {
  readonly address: string
  readonly identity: TestMember
  readonly channels: TestChannels
  readonly neighbours: OpenNeighbours
  readonly installed: Set<string>
  /** Nobody reaches it any more, and it says nothing. */
  stop(): Promise<void>
}

export interface TestPeerOptions {
  readonly address: string
  readonly bootstrap?: readonly string[]
  readonly expiryMs?: number
  readonly pace?: Pace
  readonly definitions?: ReadonlyMap<string, Partial<ContractDefinition>>
}

const testPace: Pace = { restMs: 200, blocksMs: 20, retryMs: 20 }

export async function testPeer(organization: TestOrganization, options: TestPeerOptions): Promise<TestPeer> {
  const { address, bootstrap = [], expiryMs = 25_000, pace = testPace, definitions = new Map() } = options
  const channels = testChannels()
  const installed = new Set<string>()
  const identity = organization.member('peer')
  const connections = openConnections()
  const lifecycle = testLifecycle(definitions, installed)
  const neighbours = openNeighbours({
    channels,
    lifecycle: () => lifecycle,
    signer: identity,
    localMsp: organization.membership,
    connections,
    tls: false,
    externalEndpoint: address,
    bootstrap,
    expiryMs,
    pace,
  })
  const server = new Server()
  server.addService(neighbours.service.definition, neighbours.service.implementation)
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()))
  })
  const stop = async (): Promise<void> => {
    await neighbours[Symbol.asyncDispose]()
    connections[Symbol.dispose]()
    server.forceShutdown()
  }
  return { address, identity, channels, neighbours, installed, stop, [Symbol.asyncDispose]: stop }
}
