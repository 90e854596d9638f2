/** For tests only: a channel of two organizations, and whoever acts on it, all keys in hand. */
import { createPrivateKey, sign } from 'node:crypto'
import { parsePolicy, serializedIdentity } from '@cello/fabric/codec'
import { genesisBlock } from '@cello/fabric/config'
import {
  type Credential,
  createOrganizationAuthorities,
  enrol,
  enrolForTls,
  type OrganizationAuthorities,
  signerOf,
  trustOf,
} from '@cello/fabric/identity'
import { peer } from '@hyperledger/fabric-protos'
import type { ContractDefinition } from '../../../apps/devnode/lifecycle/definition.ts'
import type { LocalSigner } from '../../../apps/devnode/msp/local-msp.ts'
import { lowSForm } from '../../../apps/devnode/msp/low-s.ts'

export const channelName = 'verdicts'

/** Somebody on the channel. */
export interface Actor extends LocalSigner {
  readonly mspId: string
  readonly credential: Credential
}

export interface TestChannel {
  readonly genesis: Uint8Array
  readonly orderer: Actor
  readonly client: Actor
  readonly admin: Actor
  /** A peer of each organization. */
  readonly peers: readonly [Actor, Actor]
  readonly ordererAdmin: Actor
  /** Of an organization that is not on the channel. */
  readonly stranger: Actor
}

export function testChannel(): TestChannel {
  const orderers = createOrganizationAuthorities({ domain: 'example.com' })
  const [first, second, others] = [1, 2, 9].map((number) =>
    createOrganizationAuthorities({ domain: `org${number}.example.com` }),
  )
  if (!first || !second || !others) throw new Error('three organizations were made')
  const tls = enrolForTls(orderers.tls, { name: 'orderer0.example.com', hosts: ['127.0.0.1'] })
  const certificates = { clientTlsCertificate: tls.certificate, serverTlsCertificate: tls.certificate }
  const genesis = genesisBlock({
    channelId: channelName,
    capabilities: { channel: ['V2_0'], orderer: ['V2_0'], application: ['V2_5'] },
    orderer: {
      batch: { maxMessageCount: 10, absoluteMaxBytes: 1_000_000, preferredMaxBytes: 500_000, timeout: '100ms' },
      consensus: { type: 'etcdraft', consenters: [{ host: '127.0.0.1', port: 7050, ...certificates }] },
      organizations: [{ name: 'OrdererMSP', msp: mspOf('OrdererMSP', orderers), endpoints: ['127.0.0.1:7050'] }],
    },
    application: {
      organizations: [
        { name: 'Org1', msp: mspOf('Org1MSP', first) },
        { name: 'Org2', msp: mspOf('Org2MSP', second) },
      ],
    },
  })
  return {
    genesis: genesis.serializeBinary(),
    orderer: actor('OrdererMSP', orderers, 'orderer'),
    ordererAdmin: actor('OrdererMSP', orderers, 'admin'),
    client: actor('Org1MSP', first, 'client'),
    admin: actor('Org1MSP', first, 'admin'),
    peers: [actor('Org1MSP', first, 'peer'), actor('Org2MSP', second, 'peer')],
    stranger: actor('Org9MSP', others, 'client'),
  }
}

export const asSigner = ({ mspId, credential }: Actor) => signerOf({ mspId, ...credential })

function mspOf(mspId: string, authorities: OrganizationAuthorities) {
  const [enrolment, tls] = [trustOf(authorities.enrolment), trustOf(authorities.tls)]
  return { mspId, rootCertificates: [enrolment.root], tlsRootCertificates: [tls.root] }
}

function actor(
  mspId: string,
  authorities: OrganizationAuthorities,
  role: 'client' | 'peer' | 'admin' | 'orderer',
): Actor {
  const credential = enrol(authorities.enrolment, { name: `a-${role}`, role })
  return actorOf(mspId, credential)
}

export function actorOf(mspId: string, credential: Credential): Actor {
  const key = createPrivateKey(credential.privateKey)
  return {
    mspId,
    credential,
    serialized: serializedIdentity({ mspId, certificate: credential.certificate }),
    sign: (message) => lowSForm(sign('sha256', message, key), 'prime256v1'),
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
