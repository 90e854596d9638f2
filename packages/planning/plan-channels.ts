import { stableJson } from '@cello/kit'
import { type ChannelSpec, type NodeRecord, nodeRef, type ObservedChannelConfig, type PlanNote } from '@cello/model'
import { changeLimits } from './change-rules.ts'
import { isOutside } from './membership.ts'
import { channelsCountingOn, firstJoin, isSilent, isWantedUp, isWithinReach } from './plan-nodes.ts'
import { quorumOf } from './quorum.ts'
import type { Draft } from './steps.ts'
import { channelNodes, serviceAddress, wantedChannel } from './wanted.ts'

/** Genesis block, orderers and peers of one channel, and its configuration once it is there. */
export function planChannel(draft: Draft, channel: ChannelSpec): PlanNote[] {
  planGenesis(draft, channel)
  planOrderers(draft, channel)
  const notes = planUpdate(draft, channel)
  planPeers(draft, channel)
  return notes
}

function planGenesis(draft: Draft, channel: ChannelSpec): void {
  if (draft.observed.genesis.includes(channel.name)) return
  const facts = wantedChannel(draft.wanted, channel)
  const needs = [...new Set([...facts.orderers, ...facts.members])].map((org) => `make-identities/${org}`)
  draft.add('make-genesis', channel.name, `make the genesis block of channel ${channel.name}`, needs)
}

function planOrderers(draft: Draft, channel: ChannelSpec): void {
  const seen = draft.observed.channels[channel.name]
  // One that goes is joined too as long as the channel counts on it: its vote may be what the change lacks.
  const going = draft.wanted.nodes.filter((node) => channelsCountingOn(draft, node).includes(channel.name))
  const first = firstJoin(draft, channel)
  for (const node of [...channelNodes(draft.wanted, channel, 'orderer'), ...going]) {
    if (!isWithinReach(draft, node) || seen?.orderers[node.id]) continue
    const key = `${channel.name}/${node.id}`
    const needs = [`make-genesis/${channel.name}`, `ensure-node/${node.id}`]
    const others = first.filter((id) => id !== `join-orderer/${key}`)
    draft.add('join-orderer', key, `join orderer ${nodeRef(node)} to channel ${channel.name}`, [...needs, ...others])
  }
}

/** A running channel's configuration follows the document; a change of consenters waits until all of them are there. */
function planUpdate(draft: Draft, channel: ChannelSpec): PlanNote[] {
  const config = draft.observed.channels[channel.name]?.config
  if (!config || draft.wanted.power === 'stopped') return []
  const difference = configDifference(draft, channel, config)
  const orderers = channelNodes(draft.wanted, channel, 'orderer')
  if (orderers.some((node) => isSilent(draft, node))) return []
  if (difference.length > 0) {
    const down = difference.includes('consenters') ? stoppedInTheWay(draft, channel, config) : []
    if (down.length > 0) {
      return [
        {
          kind: 'refused',
          subject: `channel/${channel.name}`,
          message: `the set of orderers is not changed while ${down.map(nodeRef).join(', ')} is stopped: it could cost the quorum`,
          next: changeLimits['stopped-orderer'].next,
        },
      ]
    }
    const needs = [
      ...draft.planned('make-identities'),
      ...orderers.flatMap((node) => [`ensure-node/${node.id}`, `join-orderer/${channel.name}/${node.id}`]),
    ]
    draft.add('update-channel', channel.name, `change ${difference.join(', ')} of channel ${channel.name}`, needs)
  }
  planLeaving(draft, channel)
  return []
}

/** Stopped orderers that a change of consenters waits for: all that stay, and all there are if too few of them are up. */
function stoppedInTheWay(draft: Draft, channel: ChannelSpec, config: ObservedChannelConfig): NodeRecord[] {
  const present = draft.wanted.nodes.filter(
    (node) => node.kind === 'orderer' && config.consenters.includes(serviceAddress(draft.wanted, node)),
  )
  const down = present.filter((node) => !isWantedUp(draft, node))
  const isShort = present.length - down.length < quorumOf(config.consensus.type, config.consenters.length)
  const staying = channelNodes(draft.wanted, channel, 'orderer').filter((node) => !isWantedUp(draft, node))
  return isShort ? [...new Set([...staying, ...down])] : staying
}

function planLeaving(draft: Draft, channel: ChannelSpec): void {
  const seen = draft.observed.channels[channel.name]
  for (const node of draft.wanted.nodes.filter(({ kind, removed }) => kind === 'orderer' && removed)) {
    if (!seen?.orderers[node.id] || isSilent(draft, node)) continue
    draft.add(
      'leave-orderer',
      `${channel.name}/${node.id}`,
      `take orderer ${nodeRef(node)} out of channel ${channel.name}`,
      [`update-channel/${channel.name}`],
    )
  }
}

function planPeers(draft: Draft, channel: ChannelSpec): void {
  const seen = draft.observed.channels[channel.name]
  const { anchors } = wantedChannel(draft.wanted, channel)
  const peers = channelNodes(draft.wanted, channel, 'peer')
  // Every peer is started before the first joins: a failed first contact between organizations is retried only after gossip's reconnect interval.
  const started = peers.map((node) => `ensure-node/${node.id}`)
  // Anchors join first, for the same reason: a peer turns away those of organizations that it knows from no channel yet. It
  // asks every anchor as soon as it joins, so of two anchors the later one is let in, and all others find each of them there.
  const isAnchor = ({ id }: { readonly id: string }) => anchors.includes(id)
  const anchored = anchors.map((id) => `join-peer/${channel.name}/${id}`)
  for (const node of [...peers.filter(isAnchor), ...peers.filter((peer) => !isAnchor(peer))]) {
    // Of an organization that is no member yet it would join and see no block.
    if (isOutside(draft, channel, node.organization)) continue
    if (!isWithinReach(draft, node) || seen?.peers[node.id]) continue
    draft.add('join-peer', `${channel.name}/${node.id}`, `join peer ${nodeRef(node)} to channel ${channel.name}`, [
      `make-genesis/${channel.name}`,
      `update-channel/${channel.name}`,
      ...started,
      ...(isAnchor(node) ? [] : anchored),
    ])
  }
}

/** The parts of the configuration that are not as wanted, by name. */
export function configDifference(draft: Draft, channel: ChannelSpec, config: ObservedChannelConfig): string[] {
  const facts = wantedChannel(draft.wanted, channel)
  const addresses = (ids: readonly string[]) =>
    draft.wanted.nodes.filter((node) => ids.includes(node.id)).map((node) => serviceAddress(draft.wanted, node))
  const pairs = {
    'batch settings': [facts.batch, config.batch],
    'consensus options': [facts.consensus, config.consensus],
    'ordering organizations': [sorted(facts.orderers), sorted(config.orderers)],
    members: [sorted(facts.members), sorted(config.members)],
    consenters: [sorted(addresses(facts.consenters)), sorted(config.consenters)],
    'anchor peers': [sorted(addresses(facts.anchors)), sorted(config.anchors)],
  }
  return Object.entries(pairs)
    .filter(([, [wanted, seen]]) => stableJson(wanted) !== stableJson(seen))
    .map(([name]) => name)
}

function sorted(values: readonly string[]): string[] {
  return [...values].sort()
}
