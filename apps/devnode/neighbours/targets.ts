/** Whom to ask, and where: bootstrap and anchor peers, and everybody of whom one has heard. */
import { decode } from '@cello/fabric/codec'
import { type common, peer } from '@hyperledger/fabric-protos'
import type { PeerChannels } from '../committing/peer-channel.ts'
import type { ChannelConfig } from '../config/channel-config.ts'
import type { Membership } from '../msp/membership.ts'
import { tlsRootsOf } from './connections.ts'
import type { KnownPeer } from './directory.ts'

/** Who should answer at an address. */
export interface Target {
  readonly mspId: string
  /** PEM of the TLS authorities to trust there; none: no TLS. */
  readonly roots: readonly string[]
}

export interface WantedTargets {
  readonly bootstrap: readonly string[]
  readonly channels: PeerChannels
  readonly localMsp: Membership
  readonly known: Iterable<KnownPeer>
  /** Addresses of this peer itself. */
  readonly own: ReadonlySet<string>
  readonly tls: boolean
}

/** All there are now, by address. */
export function targetsOf(wanted: WantedTargets): ReadonlyMap<string, Target> {
  const { bootstrap, channels, localMsp, known, own, tls } = wanted
  const found = new Map<string, Target>()
  const add = (address: string, mspId: string): void => {
    if (address === '' || own.has(address) || found.has(address)) return
    found.set(address, { mspId, roots: tls ? rootsFor(mspId, { channels, localMsp }) : [] })
  }
  for (const { endpoint, mspId } of known) add(endpoint, mspId)
  for (const address of bootstrap) add(address, localMsp.mspId)
  for (const name of channels.names()) {
    const config = channels.get(name)?.config
    for (const { address, mspId } of config ? anchorsOf(config) : []) add(address, mspId)
  }
  return found
}

/** TLS authorities of an organization, by every config that knows it. */
export function rootsFor(
  mspId: string,
  { channels, localMsp }: Pick<WantedTargets, 'channels' | 'localMsp'>,
): readonly string[] {
  const own = mspId === localMsp.mspId ? tlsRootsOf(localMsp) : []
  const others = channels.names().flatMap((name) => tlsRootsOf(channels.get(name)?.config.memberships.get(mspId)))
  return [...new Set([...own, ...others])].sort()
}

function* anchorsOf({ config, organizations }: ChannelConfig): Generator<{ address: string; mspId: string }> {
  const groups = config.getChannelGroup()?.getGroupsMap().get('Application')?.getGroupsMap()
  for (const [group, organization] of groups?.entries() ?? []) {
    const mspId = organizations.get(`Application/${group}`)?.mspId ?? ''
    for (const address of anchorAddresses(organization)) yield { address, mspId }
  }
}

function anchorAddresses(organization: common.ConfigGroup): readonly string[] {
  const value = organization.getValuesMap().get('AnchorPeers')
  const anchors = value ? decode(peer.AnchorPeers, value.getValue_asU8()).getAnchorPeersList() : []
  return anchors.map((anchor) => addressText(anchor.getHost(), anchor.getPort()))
}

const addressText = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
