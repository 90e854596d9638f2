/** For tests only: a channel of two organizations, and whoever acts on it, all keys in hand. */
import { parsePolicy } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import {
  type TestMember,
  type TestOrganization,
  testOrganization,
} from '../../endorsement/testing/test-organization.ts'
import type { ContractDefinition } from '../../lifecycle/definition.ts'
import { testGenesis } from './test-genesis.ts'

export const channelName = 'verdicts'

export interface TestChannel {
  readonly genesis: Uint8Array
  readonly orderers: TestOrganization
  readonly orderer: TestMember
  readonly ordererAdmin: TestMember
  readonly client: TestMember
  /** A peer of each organization. */
  readonly peers: readonly [TestMember, TestMember]
  /** Of an organization that is not on the channel. */
  readonly stranger: TestMember
}

export function testChannel(endpoints: readonly string[] = ['127.0.0.1:7050']): TestChannel {
  const orderers = testOrganization('OrdererMSP')
  const [first, second] = [testOrganization('Org1MSP'), testOrganization('Org2MSP')]
  return {
    genesis: testGenesis({ channel: channelName, orderers, endpoints, members: [first, second] }),
    orderers,
    // An authority without a unit for orderers: any member of it may sign blocks.
    orderer: orderers.member('peer'),
    ordererAdmin: orderers.member('admin'),
    client: first.member('client'),
    peers: [first.member('peer'), second.member('peer')],
    stranger: testOrganization('Org9MSP').member('client'),
  }
}

export interface Defined {
  readonly policy?: string | { readonly channel: string }
  readonly collections?: readonly {
    readonly name: string
    readonly members?: string
    readonly endorsement?: string
    readonly blocksToLive?: number
  }[]
}

/** A committed definition, as `_lifecycle` would read it from the state. */
export function definition(
  name: string,
  { policy = "OR('Org1MSP.peer')", collections = [] }: Defined = {},
): ContractDefinition {
  return {
    name,
    sequence: 1,
    version: '1.0',
    endorsementPlugin: 'escc',
    validationPlugin: 'vscc',
    validationParameter: applicationPolicy(policy).serializeBinary(),
    initRequired: false,
    collections: collections.map(
      ({ name: collection, members = "OR('Org1MSP.member')", endorsement, blocksToLive }) => {
        const config = new peer.StaticCollectionConfig()
        const memberPolicy = new peer.CollectionPolicyConfig()
        memberPolicy.setSignaturePolicy(parsePolicy(members))
        config.setName(collection)
        config.setMemberOrgsPolicy(memberPolicy)
        if (endorsement) config.setEndorsementPolicy(applicationPolicy(endorsement))
        if (blocksToLive) config.setBlockToLive(blocksToLive)
        return config
      },
    ),
  }
}

function applicationPolicy(policy: string | { readonly channel: string }): peer.ApplicationPolicy {
  const message = new peer.ApplicationPolicy()
  if (typeof policy === 'string') message.setSignaturePolicy(parsePolicy(policy))
  else message.setChannelConfigPolicyReference(policy.channel)
  return message
}
