/**
 * Peers as gossip tells them, for clients of discovery. The envelopes are not signed: official clients do not check that,
 * and what stands in them was signed in the devnode's own way (neighbours/).
 */

import { createHash } from 'node:crypto'
import { decode } from '@cello/fabric/codec'
import { discovery, gossip, msp } from '@hyperledger/fabric-protos'
import type { Neighbour, NeighbourChannel } from '../neighbours/neighbours.ts'

/** Gossip's name for a peer: SHA-256 of MSP id and certificate. */
export function pkiIdOf(identity: Uint8Array): Uint8Array {
  const message = decode(msp.SerializedIdentity, identity)
  return sha256(Buffer.from(message.getMspid()), message.getIdBytes_asU8())
}

/** @param channel absent: its state on no channel is told */
export function discoveredPeer(neighbour: Neighbour, channel?: string): discovery.Peer {
  const found = new discovery.Peer()
  const pkiId = pkiIdOf(neighbour.identity)
  found.setIdentity(neighbour.identity)
  found.setMembershipInfo(envelope(aliveMessage(neighbour, pkiId)))
  const state = channel === undefined ? undefined : neighbour.channels.get(channel)
  if (channel !== undefined && state) found.setStateInfo(envelope(stateInfo(channel, state, pkiId)))
  return found
}

function aliveMessage({ endpoint, identity }: Neighbour, pkiId: Uint8Array): gossip.GossipMessage {
  const member = new gossip.Member()
  member.setEndpoint(endpoint)
  member.setPkiId(pkiId)
  const alive = new gossip.AliveMessage()
  alive.setMembership(member)
  alive.setTimestamp(now())
  alive.setIdentity(identity)
  const message = new gossip.GossipMessage()
  message.setTag(gossip.GossipMessage.Tag.EMPTY)
  message.setAliveMsg(alive)
  return message
}

function stateInfo(channel: string, { height, contracts }: NeighbourChannel, pkiId: Uint8Array): gossip.GossipMessage {
  const properties = new gossip.Properties()
  properties.setLedgerHeight(height)
  for (const { name, version } of contracts) {
    const contract = new gossip.Chaincode()
    contract.setName(name)
    contract.setVersion(version)
    properties.addChaincodes(contract)
  }
  const state = new gossip.StateInfo()
  state.setTimestamp(now())
  state.setPkiId(pkiId)
  state.setChannelMac(sha256(pkiId, Buffer.from(channel)))
  state.setProperties(properties)
  const message = new gossip.GossipMessage()
  message.setTag(gossip.GossipMessage.Tag.CHAN_OR_ORG)
  message.setStateInfo(state)
  return message
}

function envelope(message: gossip.GossipMessage): gossip.Envelope {
  const found = new gossip.Envelope()
  found.setPayload(message.serializeBinary())
  return found
}

function now(): gossip.PeerTime {
  const time = new gossip.PeerTime()
  time.setIncNum(Date.now())
  time.setSeqNum(1)
  return time
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}
