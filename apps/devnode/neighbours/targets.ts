/** Whom to ask, where and when: bootstrap and anchor peers, and everybody of whom one has heard. */
import { peer } from '@hyperledger/fabric-protos'
import type { PeerChannels } from '../committing/peer-channel.ts'
import type { Membership } from '../msp/membership.ts'
import { tlsRootsOf } from './connections.ts'
import type { KnownPeer } from './directory.ts'

export interface Target {
  readonly address: string
  readonly mspId: string
  /** PEM of the TLS authorities to trust there. */
  readonly roots: readonly string[]
  /** In a row. */
  failures: number
  /** By `performance.now()`; when both have told each other all they know. */
  metAt: number
  dueAt: number
  isBusy: boolean
}

export interface Pace {
  /** Between two calls at rest. */
  readonly restMs: number
  /** Between two calls that tell of more blocks. */
  readonly blocksMs: number
  /** After a call that failed, at first. */
  readonly retryMs: number
}

/** Quick retries, then slower ones, then the pace of rest: a node that is started is seen at once, one that is gone costs little. */
export function retryDelay(failures: number, { retryMs, restMs }: Pace): number {
  if (failures <= 40) return retryMs
  return failures <= 80 ? Math.min(4 * retryMs, restMs) : restMs
}

export interface WantedTargets {
  readonly bootstrap: readonly string[]
  readonly channels: PeerChannels
  readonly localMsp: Membership
  readonly known: Iterable<KnownPeer>
  /** Addresses of this peer itself. */
  readonly own: ReadonlySet<string>
}

/** All there are now, by address: the MSP id of who should answer there. */
export function wantedAddresses(wanted: WantedTargets): ReadonlyMap<string, string> {
  const { bootstrap, channels, localMsp, known, own } = wanted
  const found = new Map<string, string>()
  const add = (address: string, mspId: string) => {
    if (address !== '' && !own.has(address) && !found.has(address)) found.set(address, mspId)
  }
  for (const { endpoint, mspId } of known) add(endpoint, mspId)
  for (const address of bootstrap) add(address, localMsp.mspId)
  for (const name of channels.names()) {
    for (const { address, mspId } of anchorsOf(channels, name)) add(address, mspId)
  }
  return found
}

/** TLS authorities of an organization, by every config that knows it. */
export function rootsFor(mspId: string, { channels, localMsp }: Pick<WantedTargets, 'channels' | 'localMsp'>) {
  const own = mspId === localMsp.mspId ? tlsRootsOf(localMsp) : []
  const others = channels.names().flatMap((name) => tlsRootsOf(channels.get(name)?.config.memberships.get(mspId)))
  return [...new Set([...own, ...others])].sort()
}

function* anchorsOf(channels: PeerChannels, name: string): Generator<{ address: string; mspId: string }> {
  const config = channels.get(name)?.config
  const groups = config?.config.getChannelGroup()?.getGroupsMap().get('Application')?.getGroupsMap()
  for (const [group, organization] of groups?.entries() ?? []) {
    const mspId = config?.organizations.get(`Application/${group}`)?.mspId
    const value = organization.getValuesMap().get('AnchorPeers')
    if (mspId === undefined || !value) continue
    for (const anchor of peer.AnchorPeers.deserializeBinary(value.getValue_asU8()).getAnchorPeersList()) {
      yield { address: addressText(anchor.getHost(), anchor.getPort()), mspId }
    }
  }
}

const addressText = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
