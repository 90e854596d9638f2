/** A channel of a peer for tests: state in memory, blocks that are only writes. */
import { common, peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../../committing/peer-channel.ts'
import type { ChannelConfig } from '../../config/channel-config.ts'
import type { ContractDefinition } from '../../lifecycle/definition.ts'
import type { InstalledPackage, Lifecycle } from '../../lifecycle/lifecycle.ts'
import type { Memberships } from '../../msp/identity.ts'
import { openSimulator } from '../../simulation/open-simulator.ts'
import { openPrivateStore } from '../../state/open-private-store.ts'
import { openWorldState } from '../../state/open-world-state.ts'

export interface TestChannel extends PeerChannel, Disposable {
  /** Simulators that are open. */
  readonly simulating: number
  /** Commits a block of one transaction that writes these keys. @returns its id */
  write(namespace: string, values: Readonly<Record<string, string>>): string
}

export interface TestChannelOptions {
  readonly memberships?: Memberships
  readonly capabilities?: readonly string[]
  readonly collections?: readonly string[]
  readonly richQueries?: boolean
}

export function testChannel(name: string, options: TestChannelOptions = {}): TestChannel {
  const state = openWorldState(':memory:')
  const privateData = openPrivateStore(':memory:')
  let simulating = 0
  const channel = {
    name,
    config: configWith(options),
    state,
    privateData,
    isReady: true,
    get height() {
      return state.height
    },
    get simulating() {
      return simulating
    },
    simulate: (txId: string, trace?: Parameters<PeerChannel['simulate']>[1]) => {
      simulating++
      return openSimulator({
        state,
        txId,
        richQueries: options.richQueries ?? false,
        collections: () => options.collections ?? [],
        ...(trace ? { trace } : {}),
        onClose: () => simulating--,
      })
    },
    write(namespace: string, values: Readonly<Record<string, string>>): string {
      const number = state.height
      const txId = `written-${number}`
      const timestamp = { seconds: 1_700_000_000 + number, nanos: 0 }
      state.apply({
        number,
        hash: Buffer.from(`hash ${number}`),
        transactions: [{ txId, transaction: 0, code: 0 }],
        writes: Object.entries(values).map(([key, value]) => {
          return { namespace, key, transaction: 0, value: Buffer.from(value), change: { txId, timestamp } }
        }),
      })
      return txId
    },
    [Symbol.dispose]() {
      state[Symbol.dispose]()
      privateData[Symbol.dispose]()
    },
  }
  // What these tests do not touch is not there.
  return channel as unknown as TestChannel
}

function configWith({ memberships = new Map(), capabilities = ['V2_5'] }: TestChannelOptions): ChannelConfig {
  const required = new common.Capabilities()
  for (const name of capabilities) required.getCapabilitiesMap().set(name, new common.Capability())
  const value = new common.ConfigValue()
  value.setValue(required.serializeBinary())
  const application = new common.ConfigGroup()
  application.getValuesMap().set('Capabilities', value)
  const group = new common.ConfigGroup()
  group.getGroupsMap().set('Application', application)
  const config = new common.Config()
  config.setChannelGroup(group)
  return { config, memberships } as unknown as ChannelConfig
}

export function definitionOf(name: string, more: Partial<ContractDefinition> = {}): ContractDefinition {
  return {
    name,
    sequence: 1,
    version: '1.0',
    endorsementPlugin: 'escc',
    validationPlugin: 'vscc',
    validationParameter: new Uint8Array(),
    initRequired: false,
    collections: [],
    ...more,
  }
}

export interface Deployed {
  readonly definition: ContractDefinition
  readonly installed?: InstalledPackage
  readonly isApproved?: boolean
}

/** A lifecycle in which these contracts are committed, on every channel. */
export function lifecycleOf(deployed: readonly Deployed[]): Lifecycle {
  const find = (name: string) => deployed.find(({ definition }) => definition.name === name)
  const lifecycle = {
    definition(reader: { get(namespace: string, key: string): unknown }, name: string) {
      reader.get('_lifecycle', `namespaces/metadata/${name}`)
      return find(name)?.definition
    },
    defined: () => deployed.map(({ definition }) => definition.name),
    isApproved: (_channel: PeerChannel, name: string) => find(name)?.isApproved ?? true,
    packageOf: (_channel: PeerChannel, name: string) => find(name)?.installed,
  }
  return lifecycle as unknown as Lifecycle
}

/** An installed package whose contract answers at an address. */
export function packageAt(
  id: string,
  address: string,
  more: {
    readonly dialTimeoutMs?: number
    readonly tls?: Awaited<ReturnType<InstalledPackage['connection']>>['tls']
  } = {},
): InstalledPackage {
  const { dialTimeoutMs = 60_000, tls } = more
  const [label = ''] = id.split(':')
  return { id, label, connection: async () => ({ address, dialTimeoutMs, ...(tls ? { tls } : {}) }) }
}

/** A collection that its members alone may read and write. */
export function memberCollection(name: string, policy: common.SignaturePolicyEnvelope): peer.StaticCollectionConfig {
  const members = new peer.CollectionPolicyConfig()
  members.setSignaturePolicy(policy)
  const collection = new peer.StaticCollectionConfig()
  collection.setName(name)
  collection.setMemberOrgsPolicy(members)
  collection.setMemberOnlyRead(true)
  collection.setMemberOnlyWrite(true)
  return collection
}
