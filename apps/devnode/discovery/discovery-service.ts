/** The gRPC service `discovery.Discovery`: who is there, and who can endorse. */
import { decode } from '@cello/fabric/codec'
import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import { discovery, type peer } from '@hyperledger/fabric-protos'
import { checkLocalPolicy } from '../access/local-policy.ts'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import { clientHash } from '../deliver/stream.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { Membership } from '../msp/membership.ts'
import type { Neighbour, Neighbours } from '../neighbours/neighbours.ts'
import type { GrpcService } from '../operations/grpc-listener.ts'
import { reasonOf } from '../operations/log.ts'
import { findPolicy } from '../policies/policy-tree.ts'
import { type SignedData, signersOf } from '../policies/signed-data.ts'
import { configResult } from './config-result.ts'
import { endorsersFor, peersFor } from './endorsers.ts'
import { discoveredPeer } from './gossip-messages.ts'

export interface DiscoveryOptions {
  readonly channels: PeerChannels
  readonly neighbours: Neighbours
  readonly lifecycle: Lifecycle
  readonly localMsp: Membership
  /** `peer.discovery.orgMembersAllowedAccess`: members of the peer's organization may ask for what concerns no channel, not its administrators alone. */
  readonly membersMayAsk: boolean
  /** Clients must show a TLS certificate, so requests are bound to it. */
  readonly mutualTls: boolean
}

type Call = ServerUnaryCall<discovery.SignedRequest, discovery.Response>

export function discoveryService(options: DiscoveryOptions): GrpcService {
  return {
    definition: discovery.DiscoveryService,
    implementation: {
      discover(call: Call, answer: sendUnaryData<discovery.Response>) {
        try {
          answer(null, discover(options, call))
        } catch (error) {
          answer({ code: status.UNKNOWN, details: reasonOf(error) })
        }
      },
    },
  }
}

/** @throws Error in Fabric's words for a request that is no authenticated one */
function discover(options: DiscoveryOptions, call: Call): discovery.Response {
  const { request: signed } = call
  const request = readRequest(signed)
  const authentication = request.getAuthentication()
  if (!authentication) throw new Error('access denied, no authentication info in request')
  const identity = authentication.getClientIdentity_asU8()
  if (identity.length === 0) throw new Error("access denied, client identity wasn't supplied")
  if (options.mutualTls) checkBinding(authentication, clientHash(call))
  const by = { data: signed.getPayload_asU8(), identity, signature: signed.getSignature_asU8() }
  const response = new discovery.Response()
  for (const query of request.getQueriesList()) response.addResults(answerTo(options, query, by))
  return response
}

function readRequest(signed: discovery.SignedRequest): discovery.Request {
  try {
    return decode(discovery.Request, signed.getPayload_asU8())
  } catch (error) {
    throw new Error('failed parsing request: proto: cannot parse invalid wire-format data', { cause: error })
  }
}

function checkBinding(authentication: discovery.AuthInfo, hash: Uint8Array | undefined): void {
  if (!hash) throw new Error("client didn't send a TLS certificate")
  if (Buffer.compare(hash, authentication.getClientTlsCertHash_asU8()) !== 0) {
    throw new Error("client claimed TLS hash doesn't match computed TLS hash from gRPC stream")
  }
}

/** Whatever goes wrong with one query is its own answer. */
function answerTo(options: DiscoveryOptions, query: discovery.Query, by: SignedData): discovery.QueryResult {
  try {
    const name = query.getChannel()
    if (name === '') {
      mayAskLocally(options, by)
      return localResult(options, query)
    }
    const channel = options.channels.get(name)
    if (!channel || !mayAskOn(channel, by)) throw accessDenied()
    return channelResult(options, channel, query)
  } catch (error) {
    const refusal = new discovery.Error()
    refusal.setContent(error instanceof Error ? error.message : String(error))
    const result = new discovery.QueryResult()
    result.setError(refusal)
    return result
  }
}

const accessDenied = (): Error => new Error('access denied')

/** As in Fabric, all refusals sound alike. */
function mayAskLocally({ localMsp, membersMayAsk }: DiscoveryOptions, by: SignedData): void {
  try {
    checkLocalPolicy(localMsp, membersMayAsk ? 'Members' : 'Admins', by)
  } catch {
    throw accessDenied()
  }
}

function mayAskOn({ config }: PeerChannel, by: SignedData): boolean {
  const policy = findPolicy(config.policies, '/Channel/Application/Writers')
  return policy !== undefined && policy(signersOf([by], config.memberships)) === undefined
}

function localResult({ neighbours }: DiscoveryOptions, query: discovery.Query): discovery.QueryResult {
  if (!query.hasLocalPeers()) throw new Error('unknown or missing request type')
  const peers = [neighbours.self(), ...neighbours.others()]
  return membersResult(peers, peers)
}

function channelResult(options: DiscoveryOptions, channel: PeerChannel, query: discovery.Query): discovery.QueryResult {
  const { neighbours, lifecycle } = options
  const context = { channel, neighbours, lifecycle }
  if (query.hasConfigQuery()) {
    const result = new discovery.QueryResult()
    result.setConfigResult(configResult(channel.config))
    return result
  }
  if (query.hasPeerQuery()) {
    const all = [neighbours.self(), ...neighbours.others()]
    return membersResult(all, peersFor(context, query.getPeerQuery()?.getFilter()), channel.name)
  }
  const contracts = query.getCcQuery()
  if (!contracts) throw new Error('unknown or missing request type')
  const interests = contracts.getInterestsList()
  checkInterests(interests)
  const found = new discovery.ChaincodeQueryResult()
  for (const interest of interests) found.addContent(descriptorOf(context, interest))
  const result = new discovery.QueryResult()
  result.setCcQueryRes(found)
  return result
}

function checkInterests(interests: readonly peer.ChaincodeInterest[]): void {
  if (interests.length === 0) throw new Error('chaincode query must have at least one chaincode interest')
  for (const interest of interests) {
    const calls = interest.getChaincodesList()
    if (calls.length === 0) throw new Error('chaincode interest must contain at least one chaincode')
    if (calls.some((one) => one.getName() === '')) throw new Error('chaincode name in interest cannot be empty')
  }
}

function descriptorOf(
  context: Parameters<typeof endorsersFor>[0],
  interest: peer.ChaincodeInterest,
): discovery.EndorsementDescriptor {
  try {
    const { contract, groups, layouts } = endorsersFor(context, interest)
    const descriptor = new discovery.EndorsementDescriptor()
    descriptor.setChaincode(contract)
    for (const [group, neighbours] of groups) {
      descriptor.getEndorsersByGroupsMap().set(group, peersMessage(neighbours, context.channel.name))
    }
    for (const quantities of layouts) {
      const layout = new discovery.Layout()
      for (const [group, needed] of quantities) layout.getQuantitiesByGroupMap().set(group, needed)
      descriptor.addLayouts(layout)
    }
    return descriptor
  } catch (error) {
    throw new Error(`failed constructing descriptor for ${interestText(interest)}`, { cause: error })
  }
}

/** As Go prints the message. */
function interestText(interest: peer.ChaincodeInterest): string {
  const calls = interest.getChaincodesList().map((call) => {
    const fields = [
      `name:${JSON.stringify(call.getName())}`,
      ...call.getCollectionNamesList().map((name) => `collection_names:${JSON.stringify(name)}`),
      ...(call.getNoPrivateReads() ? ['no_private_reads:true'] : []),
      ...(call.getNoPublicWrites() ? ['no_public_writes:true'] : []),
      ...(call.getDisregardNamespacePolicy() ? ['disregard_namespace_policy:true'] : []),
    ]
    return `chaincodes:{${fields.join(' ')}}`
  })
  return calls.join(' ')
}

/** Those of `shown` that are visible, by organization; every organization with a known peer has its place. */
function membersResult(
  all: readonly Neighbour[],
  shown: readonly Neighbour[],
  channel?: string,
): discovery.QueryResult {
  const members = new discovery.PeerMembershipResult()
  const visible = shown.filter(({ endpoint }) => endpoint !== '')
  for (const mspId of new Set(all.map((one) => one.mspId))) {
    const own = visible.filter((one) => one.mspId === mspId)
    members.getPeersByOrgMap().set(mspId, peersMessage(own, channel))
  }
  const result = new discovery.QueryResult()
  result.setMembers(members)
  return result
}

function peersMessage(neighbours: readonly Neighbour[], channel: string | undefined): discovery.Peers {
  const peers = new discovery.Peers()
  for (const neighbour of neighbours) peers.addPeers(discoveredPeer(neighbour, channel))
  return peers
}
