/** The discovery service: peers, configs, endorsers, and questions that it refuses. */
import type { Signer } from '@cello/fabric'
import { serializedIdentity, utf8 } from '@cello/fabric/codec'
import { discovery, gossip, peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { mspIdOf } from './describe.ts'
import { impostor, stranger } from './signers.ts'
import { unary, type World } from './world.ts'

const { DiscoveryService } = discovery

interface Question {
  readonly by?: Signer
  readonly identity?: Uint8Array
  readonly at?: number
  readonly withoutAuthentication?: boolean
}

async function discover(world: World, queries: readonly discovery.Query[], question: Question = {}): Promise<Seen> {
  const by = question.by ?? world.user
  const authentication = new discovery.AuthInfo()
  authentication.setClientIdentity(question.identity ?? serializedIdentity(by))
  const request = new discovery.Request()
  if (!question.withoutAuthentication) request.setAuthentication(authentication)
  request.setQueriesList([...queries])
  return ask(world, request.serializeBinary(), by, question.at)
}

async function ask(world: World, payload: Uint8Array, by: Signer, at = 1): Promise<Seen> {
  const signed = new discovery.SignedRequest()
  signed.setPayload(payload)
  signed.setSignature(await by.sign(payload))
  world.reached.add('Discovery/Discover')
  const outcome = await unary(world.peer(at).connection.client, DiscoveryService.discover, signed)
  if ('failed' in outcome) return { call: { code: outcome.failed.code, details: outcome.failed.details } }
  return { results: outcome.answer.getResultsList().map((result) => describe(result)) }
}

function describe(result: discovery.QueryResult): unknown {
  const error = result.getError()
  if (error) return { error: error.getContent() }
  const config = result.getConfigResult()
  if (config) return { config: configOf(config) }
  const members = result.getMembers()
  if (members) return { members: byKey(members.getPeersByOrgMap(), (peers) => peers.getPeersList().map(peerOf)) }
  return { endorsers: (result.getCcQueryRes()?.getContentList() ?? []).map(descriptorOf) }
}

function configOf(config: discovery.ConfigResult): Seen {
  return {
    msps: byKey(config.getMspsMap(), (one) => ({
      name: one.getName(),
      roots: one.getRootCertsList().length,
      tlsRoots: one.getTlsRootCertsList().length,
      units: one.getFabricNodeOus()?.getEnable() ?? false,
    })),
    orderers: byKey(config.getOrderersMap(), (one) =>
      one.getEndpointList().map((at) => `${at.getHost()}:${at.getPort()}`),
    ),
  }
}

/** A map in the order of its keys. */
function byKey<V, W>(
  map: { getEntryList(): [string, unknown][]; get(key: string): V | undefined },
  convert: (value: V) => W,
): readonly [string, W][] {
  const keys = map.getEntryList().map(([key]) => key)
  return keys.sort().flatMap((key) => {
    const value = map.get(key)
    return value === undefined ? [] : [[key, convert(value)] as [string, W]]
  })
}

function peerOf(found: discovery.Peer): Seen {
  const state = messageOf(found.getStateInfo())?.getStateInfo()
  const contracts = state?.getProperties()?.getChaincodesList()
  return {
    mspId: mspIdOf(found.getIdentity_asU8()),
    endpoint: messageOf(found.getMembershipInfo())?.getAliveMsg()?.getMembership()?.getEndpoint(),
    ...(state ? { hasHeight: (state.getProperties()?.getLedgerHeight() ?? 0) > 0 } : {}),
    ...(contracts
      ? {
          runs: contracts
            .map((one) => `${one.getName()} ${one.getVersion()}`)
            .filter((one) => /^(kv|hidden|alone) /.test(one))
            .sort(),
        }
      : {}),
  }
}

const messageOf = (envelope: gossip.Envelope | undefined): gossip.GossipMessage | undefined =>
  envelope && gossip.GossipMessage.deserializeBinary(envelope.getPayload_asU8())

/** Groups are called G0, G1 … in no order: layouts are told by the organizations of their groups. */
function descriptorOf(found: discovery.EndorsementDescriptor): Seen {
  const groups = new Map(byKey(found.getEndorsersByGroupsMap(), (peers) => peers.getPeersList().map(peerOf)))
  const organization = (group: string) => String(groups.get(group)?.[0]?.mspId ?? 'nobody')
  return {
    contract: found.getChaincode(),
    groups: [...groups.values()]
      .map((peers) => peers.map(({ mspId, endpoint, runs }) => ({ mspId, endpoint, runs })))
      .sort((a, b) => (String(a[0]?.mspId) < String(b[0]?.mspId) ? -1 : 1)),
    layouts: found
      .getLayoutsList()
      .map((layout) =>
        byKey(layout.getQuantitiesByGroupMap(), Number)
          .map(([group, count]) => `${count} of ${organization(group)}`)
          .sort()
          .join(', '),
      )
      .sort(),
  }
}

function query(world: World, fill: (query: discovery.Query) => void, channel = world.channel): discovery.Query {
  const message = new discovery.Query()
  message.setChannel(channel)
  fill(message)
  return message
}

const config = (message: discovery.Query) => message.setConfigQuery(new discovery.ConfigQuery())
const peers = (message: discovery.Query) => message.setPeerQuery(new discovery.PeerMembershipQuery())
const local = (message: discovery.Query) => message.setLocalPeers(new discovery.LocalPeerQuery())

interface ContractCall {
  readonly name: string
  readonly collections?: readonly string[]
  readonly noPrivateReads?: boolean
  readonly noPublicWrites?: boolean
}

function interest(...calls: readonly ContractCall[]): peer.ChaincodeInterest {
  const message = new peer.ChaincodeInterest()
  message.setChaincodesList(
    calls.map(({ name, collections, noPrivateReads, noPublicWrites }) => {
      const call = new peer.ChaincodeCall()
      call.setName(name)
      call.setCollectionNamesList([...(collections ?? [])])
      call.setNoPrivateReads(noPrivateReads ?? false)
      call.setNoPublicWrites(noPublicWrites ?? false)
      return call
    }),
  )
  return message
}

const endorsers =
  (...interests: readonly peer.ChaincodeInterest[]) =>
  (message: discovery.Query) => {
    const contracts = new discovery.ChaincodeQuery()
    contracts.setInterestsList([...interests])
    message.setCcQuery(contracts)
  }

const filtered = (wanted: peer.ChaincodeInterest) => (message: discovery.Query) => {
  const membership = new discovery.PeerMembershipQuery()
  membership.setFilter(wanted)
  message.setPeerQuery(membership)
}

const asked =
  (fill: (query: discovery.Query) => void, question: (world: World) => Question = () => ({}), channel?: string) =>
  (world: World) =>
    discover(world, [query(world, fill, channel)], question(world))

const endorsersOf = (...calls: readonly ContractCall[]) => asked(endorsers(interest(...calls)))

export const discoveryScenarios: readonly Scenario<World>[] = [
  ['the config', asked(config)],
  ['the peers of the channel', asked(peers)],
  [
    'the peers of the channel, at the other organization',
    asked(peers, (world) => ({ at: 2, by: world.organization(2).user })),
  ],
  ['the peers that run a contract', asked(filtered(interest({ name: 'alone' })))],
  ['the peers of a collection', asked(filtered(interest({ name: 'hidden', collections: ['mine'] })))],
  ['local peers, for an administrator', asked(local, (world) => ({ by: world.organization(1).admin }), '')],
  ['local peers, for a member', asked(local, undefined, '')],
  ['local peers, with a channel', asked(local, (world) => ({ by: world.organization(1).admin }))],
  ['endorsers of a majority', endorsersOf({ name: 'kv' })],
  ['endorsers where one suffices', endorsersOf({ name: 'either' })],
  ['endorsers where both must', endorsersOf({ name: 'both' })],
  ['endorsers of two of three', endorsersOf({ name: 'out-of' })],
  ['endorsers of a nested policy', endorsersOf({ name: 'nested' })],
  ['endorsers of ANY', endorsersOf({ name: 'any' })],
  ['endorsers of ALL', endorsersOf({ name: 'all' })],
  ['endorsers by the name of a policy', endorsersOf({ name: 'second' })],
  ['endorsers by the name of no policy', endorsersOf({ name: 'nowhere' })],
  ['endorsers of what runs at one organization', endorsersOf({ name: 'alone' })],
  ['endorsers who are administrators', endorsersOf({ name: 'by-admins' })],
  ['endorsers of an unknown contract', endorsersOf({ name: 'nothing' })],
  ['endorsers of a collection', endorsersOf({ name: 'hidden', collections: ['mine'] })],
  [
    'endorsers of a collection that is only written',
    endorsersOf({ name: 'hidden', collections: ['mine'], noPrivateReads: true }),
  ],
  [
    'endorsers of a collection with a policy of its own',
    endorsersOf({ name: 'hidden', collections: ['strict'], noPublicWrites: true }),
  ],
  ['endorsers of an unknown collection', endorsersOf({ name: 'hidden', collections: ['unknown'] })],
  ['endorsers of two contracts', endorsersOf({ name: 'either' }, { name: 'both' })],
  ['endorsers of two questions', asked(endorsers(interest({ name: 'either' }), interest({ name: 'both' })))],
  ['endorsers of no contract', asked(endorsers(interest()))],
  ['endorsers of no question', asked(endorsers())],
  [
    'two queries',
    (world) => discover(world, [query(world, config), query(world, endorsers(interest({ name: 'nothing' })))]),
  ],
  ['an unknown channel', asked(config, undefined, 'nowhere')],
  ['no channel', asked(config, undefined, '')],
  ['a query of nothing', asked(() => undefined)],
  ['no queries', (world) => discover(world, [])],
  ['a stranger', asked(config, () => ({ by: stranger('Org1MSP') }))],
  ['an organization that is not of the channel', asked(config, (world) => ({ by: world.organization(3).user }))],
  ['a signature by another', asked(config, (world) => ({ by: impostor(world.user, world.organization(1).admin) }))],
  ['no authentication', asked(config, () => ({ withoutAuthentication: true }))],
  ['no identity', asked(config, () => ({ identity: new Uint8Array() }))],
  ['rubbish', (world) => ask(world, utf8('rubbish!'), world.user)],
]
