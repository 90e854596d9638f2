import {
  addApplicationOrganization,
  addBftConsenter,
  addOrdererOrganization,
  addRaftConsenter,
  computeUpdate,
  configFromBlock,
  configUpdateEnvelope,
  readChannelConfig,
  removeBftConsenter,
  removeRaftConsenter,
  setAnchorPeers,
  setBatch,
  setBftOptions,
  setOrdererEndpoints,
  setRaftOptions,
  signConfigUpdateByAll,
} from '@cello/fabric/config'
import { submitToOrderers } from '@cello/fabric/ordering'
import { poll, stableJson } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { Cancellable, ChannelFacts, LedgerNetwork, LedgerNode } from '@cello/ports'
import {
  anchorsOf,
  batchSettings,
  bftConsenter,
  bftOptions,
  consenterNodes,
  endpointsOf,
  memberOrganization,
  orderingOrganization,
  raftConsenter,
  serviceAddress,
} from '../channel-definition.ts'
import { translated } from '../errors.ts'
import { configBlockAtOrderer, configBlockAtPeer } from './channels.ts'
import type { Connections } from './connections.ts'
import { limitsOf } from './nodes.ts'

type Config = ReturnType<typeof configFromBlock>['config']
type Edit = (config: Config) => Config

/** Milliseconds until orderers and a peer show the new configuration. */
const seenMs = 15_000

/** One config update from what the orderers have to what is wanted, signed by every organization; none where it is so already. */
export async function updateChannel(
  connections: Connections,
  channel: ChannelFacts,
  options: Cancellable = {},
): Promise<void> {
  await translated(
    async () => {
      const { config } = configFromBlock(await configBlockAtOrderer(connections, channel.name, options))
      const wanted = edits(config, channel, connections.network).reduce((edited, edit) => edit(edited), config)
      if (sameConfig(config, wanted)) return
      const update = computeUpdate(channel.name, config, wanted).serializeBinary()
      await send(connections, channel, { config, update }, options)
      await awaitSequence(connections, channel.name, config.getSequence() + 1, options)
    },
    {},
    options.signal,
  )
}

/** What has to be edited, in an order in which each step leaves a valid configuration. */
function edits(config: Config, channel: ChannelFacts, network: LedgerNetwork): Edit[] {
  const seen = readChannelConfig(config)
  const orderers = seen.ordererOrganizations.map(({ name }) => name)
  const members = seen.applicationOrganizations.map(({ name }) => name)
  return [
    (edited) => setBatch(edited, batchSettings(channel)),
    consensusEdit(channel),
    ...channel.orderers
      .filter((name) => !orderers.includes(name))
      .map(
        (name): Edit =>
          (edited) =>
            addOrdererOrganization(edited, orderingOrganization(channel, network, name)),
      ),
    ...channel.members
      .filter((name) => !members.includes(name))
      .map(
        (name): Edit =>
          (edited) =>
            addApplicationOrganization(edited, memberOrganization(channel, network, name)),
      ),
    ...consenterEdits(config, channel, network),
    ...channel.orderers
      .filter((name) =>
        seen.ordererOrganizations.some(
          (org) => org.name === name && !sameSet(org.endpoints, endpointsOf(channel, network, name)),
        ),
      )
      .map(
        (name): Edit =>
          (edited) =>
            setOrdererEndpoints(edited, name, endpointsOf(channel, network, name)),
      ),
    ...channel.members
      .filter((name) =>
        seen.applicationOrganizations.some(
          (org) => org.name === name && stableJson(org.anchorPeers) !== stableJson(anchorsOf(channel, network, name)),
        ),
      )
      .map(
        (name): Edit =>
          (edited) =>
            setAnchorPeers(edited, name, anchorsOf(channel, network, name)),
      ),
  ]
}

function consensusEdit(channel: ChannelFacts): Edit {
  const { consensus } = channel
  if (consensus.type === 'bft') return (config) => setBftOptions(config, bftOptions(consensus, channel))
  const { type: _type, ...options } = consensus
  return (config) => setRaftOptions(config, options)
}

function consenterEdits(config: Config, channel: ChannelFacts, network: LedgerNetwork): Edit[] {
  const { consensus } = readChannelConfig(config)
  if (consensus.type === 'other') return []
  const wanted = consenterNodes(channel, network)
  const isAt = (at: { readonly host: string; readonly port: number }) => (node: (typeof wanted)[number]) =>
    node.address === at.host && node.record.ports.service === at.port
  const added = wanted.filter((node) => !consensus.consenters.some((at) => isAt(at)(node)))
  const removed = consensus.consenters.filter((at) => !wanted.some(isAt(at)))
  const highest = consensus.type === 'BFT' ? Math.max(0, ...consensus.consenters.map(({ id }) => id)) : 0
  return [
    ...added.map(
      (node, index): Edit =>
        (edited) =>
          consensus.type === 'BFT'
            ? addBftConsenter(edited, bftConsenter(network, node, highest + 1 + index))
            : addRaftConsenter(edited, raftConsenter(node)),
    ),
    ...removed.map(
      ({ host, port }): Edit =>
        (edited) =>
          consensus.type === 'BFT'
            ? removeBftConsenter(edited, { host, port })
            : removeRaftConsenter(edited, { host, port }),
    ),
  ]
}

/** The running consenters of a config: a follower takes no envelopes, and of BFT's a quorum must take this one. */
export function orderersToAsk({ nodes }: Pick<LedgerNetwork, 'nodes'>, config: Config): LedgerNode[] {
  const { consensus } = readChannelConfig(config)
  const consenters = consensus.type === 'other' ? [] : consensus.consenters.map(({ host, port }) => `${host}:${port}`)
  return nodes.filter((node) => node.record.power === 'running' && consenters.includes(serviceAddress(node)))
}

async function send(
  connections: Connections,
  channel: ChannelFacts,
  { config, update }: { readonly config: Config; readonly update: Uint8Array },
  options: Cancellable,
): Promise<void> {
  const organizations = [...new Set([...channel.orderers, ...channel.members])]
  const signers = await Promise.all(organizations.map((name) => connections.admin(name)))
  const [submitter] = signers
  if (!submitter) throw new PlatformError('NOT_FOUND', { noun: 'administrator of channel', id: channel.name })
  const signatures = await signConfigUpdateByAll(update, signers)
  const envelope = await configUpdateEnvelope({ update, signatures, submitter })
  const orderers = await Promise.all(
    orderersToAsk(connections.network, config).map(({ record }) => connections.service(record.id)),
  )
  const accept = channel.consensus.type === 'bft' ? ('quorum' as const) : ('first' as const)
  await submitToOrderers(
    orderers,
    envelope.serializeBinary(),
    { channel: channel.name },
    { ...limitsOf(options), timeoutMs: 20_000, accept },
  )
}

/** The update counts when it is seen: at the orderers, and at a peer where there is one. */
async function awaitSequence(
  connections: Connections,
  channel: string,
  sequence: number,
  options: Cancellable,
): Promise<void> {
  const reached = async (look: typeof configBlockAtPeer) => {
    const found = await look(connections, channel, options).catch(() => undefined)
    return found !== undefined && configFromBlock(found).config.getSequence() >= sequence
  }
  const done = await poll(
    async () => ((await reached(configBlockAtOrderer)) && (await reached(configBlockAtPeer)) ? true : undefined),
    {
      timeoutMs: seenMs,
      signal: options.signal,
    },
  )
  if (!done)
    throw new PlatformError('LEDGER_BUSY', { detail: `channel ${channel} does not show configuration ${sequence} yet` })
}

/** Values are kept as bytes and edited ones written anew, so equal settings can differ in bytes: the readable view decides. */
function sameConfig(a: Config, b: Config): boolean {
  return stableJson(readChannelConfig(a)) === stableJson(readChannelConfig(b))
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return stableJson([...a].sort()) === stableJson([...b].sort())
}
