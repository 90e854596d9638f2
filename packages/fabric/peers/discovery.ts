import { discovery, gossip, msp, peer } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { serializedIdentity } from '../codec/envelope.ts'
import { type Connection, unaryCall } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { FabricError } from '../errors.ts'
import { meaningOf } from '../foreign-text.ts'
import { factsOf } from '../limits.ts'
import { readAnswer } from '../read-answer.ts'
import type { Signer } from '../signer.ts'

/** A peer as the asked peer knows it through gossip. */
export interface DiscoveredPeer {
  readonly mspId: string
  /** The address it advertises, `host:port`; empty when it advertises none. */
  readonly endpoint: string
  /** Its enrolment certificate, PEM. */
  readonly certificate: string
  /** Blocks it claims to have, as last heard; absent in a list without a channel. */
  readonly height?: number
  /** Contracts that it can run on the channel, with the committed version. */
  readonly contracts: readonly { readonly name: string; readonly version: string }[]
}

/**
 * The peers of a channel that the asked peer knows, itself included. @throws FabricError DENIED also when it has not
 * joined (Fabric does not tell these apart)
 */
export async function discoverPeers(
  connection: Connection,
  signer: Signer,
  channel: string,
  options: CallOptions = {},
): Promise<readonly DiscoveredPeer[]> {
  const query = new discovery.Query()
  query.setChannel(channel)
  query.setPeerQuery(new discovery.PeerMembershipQuery())
  const context = { ...options, query, doing: 'discover the channel’s peers', channel }
  return ask(connection, signer, context, (result) => membersOf(result.getMembers()))
}

/** The peers of any organization that the asked peer knows, without regard to channels. Signer: its administrator. */
export async function discoverLocalPeers(
  connection: Connection,
  signer: Signer,
  options: CallOptions = {},
): Promise<readonly DiscoveredPeer[]> {
  const query = new discovery.Query()
  query.setLocalPeers(new discovery.LocalPeerQuery())
  const context = { ...options, query, doing: 'discover peers' }
  return ask(connection, signer, context, (result) => membersOf(result.getMembers()))
}

/** Who can endorse: one layout of `layouts` must be filled, taking so many peers of each group. */
export interface Endorsers {
  readonly contract: string
  readonly groups: Readonly<Record<string, readonly DiscoveredPeer[]>>
  readonly layouts: readonly Readonly<Record<string, number>>[]
}

/**
 * The sets of peers whose endorsements satisfy a contract's policy (and its collections', where named).
 * @throws FabricError NOT_READY while no such set is known, e.g. before gossip or installation; DENIED
 */
export async function discoverEndorsers(
  connection: Connection,
  signer: Signer,
  of: { readonly channel: string; readonly contract: string; readonly collections?: readonly string[] },
  options: CallOptions = {},
): Promise<Endorsers> {
  const call = new peer.ChaincodeCall()
  call.setName(of.contract)
  call.setCollectionNamesList([...(of.collections ?? [])])
  const interest = new peer.ChaincodeInterest()
  interest.setChaincodesList([call])
  const contracts = new discovery.ChaincodeQuery()
  contracts.setInterestsList([interest])
  const query = new discovery.Query()
  query.setChannel(of.channel)
  query.setCcQuery(contracts)
  const context = { ...options, query, doing: `discover endorsers of ${of.contract}`, channel: of.channel }
  return ask(connection, signer, context, (result) => {
    const [descriptor] = result.getCcQueryRes()?.getContentList() ?? []
    if (!descriptor) throw new FabricError('PROTOCOL', 'Discovery answered without endorsers')
    return {
      contract: descriptor.getChaincode(),
      groups: Object.fromEntries(
        entriesOf(descriptor.getEndorsersByGroupsMap(), (peers) => peers.getPeersList().map(peerOf)),
      ),
      layouts: descriptor
        .getLayoutsList()
        .map((layout) => Object.fromEntries(entriesOf(layout.getQuantitiesByGroupMap(), Number))),
    }
  })
}

export interface DiscoveredConfig {
  /** MSP ids of the channel's organizations. */
  readonly mspIds: readonly string[]
  /** Encoded `msp.FabricMSPConfig` by MSP id. */
  readonly msps: Readonly<Record<string, Uint8Array>>
  /** Orderer addresses by MSP id. */
  readonly orderers: Readonly<Record<string, readonly { readonly host: string; readonly port: number }[]>>
}

/** Organizations and orderers of a channel, as the asked peer has them. @throws FabricError DENIED */
export async function discoverConfig(
  connection: Connection,
  signer: Signer,
  channel: string,
  options: CallOptions = {},
): Promise<DiscoveredConfig> {
  const query = new discovery.Query()
  query.setChannel(channel)
  query.setConfigQuery(new discovery.ConfigQuery())
  const context = { ...options, query, doing: 'discover the channel’s config', channel }
  return ask(connection, signer, context, (result) => {
    const config = result.getConfigResult()
    if (!config) throw new FabricError('PROTOCOL', 'Discovery answered without a config')
    const msps = entriesOf(config.getMspsMap(), (one) => one.serializeBinary())
    const orderers = entriesOf(config.getOrderersMap(), (endpoints) =>
      endpoints.getEndpointList().map((endpoint) => ({ host: endpoint.getHost(), port: endpoint.getPort() })),
    )
    return {
      mspIds: msps.map(([mspId]) => mspId),
      msps: Object.fromEntries(msps),
      orderers: Object.fromEntries(orderers),
    }
  })
}

interface AskContext extends CallOptions {
  readonly query: discovery.Query
  readonly doing: string
  readonly channel?: string
}

async function ask<T>(
  connection: Connection,
  signer: Signer,
  { query, ...context }: AskContext,
  read: (result: discovery.QueryResult) => T,
): Promise<T> {
  const request = await signedRequest(connection, signer, query)
  const response = await unaryCall(connection, discovery.DiscoveryService.discover, request, context)
  const [result] = response.getResultsList()
  const said = result ? result.getError()?.getContent() : 'no result'
  if (result && said === undefined) return readAnswer(connection, context, () => read(result))
  const { code = 'INVALID', next } = meaningOf(said ?? '') ?? {}
  const facts = { node: connection.endpoint.node, ...factsOf(context), ...(next === undefined ? {} : { next }) }
  throw new FabricError(code, `Could not ${context.doing}: ${said}`, facts)
}

async function signedRequest(
  { tlsCertHash }: Connection,
  signer: Signer,
  query: discovery.Query,
): Promise<discovery.SignedRequest> {
  const authentication = new discovery.AuthInfo()
  authentication.setClientIdentity(serializedIdentity(signer))
  if (tlsCertHash) authentication.setClientTlsCertHash(tlsCertHash)
  const request = new discovery.Request()
  request.setAuthentication(authentication)
  request.setQueriesList([query])
  const payload = request.serializeBinary()
  const signed = new discovery.SignedRequest()
  signed.setPayload(payload)
  signed.setSignature(await signer.sign(payload))
  return signed
}

/** `jspb.Map` as pairs, each value mapped. */
function entriesOf<V, W>(
  map: { getEntryList(): [string, unknown][]; get(key: string): V | undefined },
  convert: (value: V) => W,
): [string, W][] {
  return map.getEntryList().flatMap(([key]) => {
    const value = map.get(key)
    return value === undefined ? [] : [[key, convert(value)] as [string, W]]
  })
}

function membersOf(members: discovery.PeerMembershipResult | undefined): readonly DiscoveredPeer[] {
  if (!members) return []
  return entriesOf(members.getPeersByOrgMap(), (peers) => peers.getPeersList().map(peerOf)).flatMap(
    ([, peers]) => peers,
  )
}

function peerOf(found: discovery.Peer): DiscoveredPeer {
  const identity = decode(msp.SerializedIdentity, found.getIdentity_asU8())
  const alive = gossipMessage(found.getMembershipInfo())?.getAliveMsg()
  const state = gossipMessage(found.getStateInfo())?.getStateInfo()?.getProperties()
  const contracts = state?.getChaincodesList() ?? []
  return {
    mspId: identity.getMspid(),
    certificate: Buffer.from(identity.getIdBytes_asU8()).toString('utf8'),
    endpoint: alive?.getMembership()?.getEndpoint() ?? '',
    ...(state ? { height: state.getLedgerHeight() } : {}),
    contracts: contracts.map((one) => ({ name: one.getName(), version: one.getVersion() })),
  }
}

function gossipMessage(envelope: gossip.Envelope | undefined): gossip.GossipMessage | undefined {
  return envelope && decode(gossip.GossipMessage, envelope.getPayload_asU8())
}
