import {
  type ChannelSpec,
  domainOf,
  type NodeRecord,
  nodeRef,
  type PlanNote,
  type StepKind,
  stepId,
} from '@cello/model'
import { isServing, successorSteps } from './serving-nodes.ts'
import { type Draft, nodeTitle } from './steps.ts'
import { channelNodes, serviceAddress } from './wanted.ts'

/** Identities first: nothing of an organization can start without them. */
export function planIdentities(draft: Draft): void {
  const { wanted, observed } = draft
  for (const org of wanted.spec.organizations) {
    const nodes = wanted.nodes.filter(
      (node) => node.organization === org.name && node.kind !== 'contract' && !node.removed,
    )
    const complete =
      observed.identities.organizations.includes(org.name) &&
      nodes.every((node) => observed.identities.nodes.includes(node.id))
    if (!complete)
      draft.add('make-identities', org.name, `make the identities of ${org.name} (${domainOf(wanted.spec, org)})`)
  }
}

/** Every wanted node runs as it is specified, or is stopped as wanted. What does not answer is left alone: silence is not loss. */
export function planNodes(draft: Draft): PlanNote[] {
  const answering = draft.wanted.nodes.filter((node) => isStaying(draft, node) && !isSilent(draft, node))
  for (const node of answering) planPower(draft, node)
  for (const node of answering) planRestart(draft, node)
  return draft.wanted.nodes.filter((node) => isSilent(draft, node)).map(silence)
}

/** Says that a node is waited for. */
export function silence(node: NodeRecord): PlanNote {
  return { kind: 'waiting', subject: `node/${nodeRef(node)}`, message: 'its host does not answer' }
}

function planPower(draft: Draft, node: NodeRecord): void {
  const { state } = draft.stateOf(node)
  if (!isWantedUp(draft, node)) {
    if (isUp(state)) draft.add('stop-node', node.id, `stop ${nodeTitle(node)}`)
  } else if (!isUp(state) && node.kind !== 'contract') {
    const needs = node.kind === 'peer' ? peerNeeds(draft) : [`make-identities/${node.organization}`]
    draft.add('ensure-node', node.id, `start ${nodeTitle(node)}`, needs)
  }
}

/**
 * A peer is given the authorities of all organizations, so that it can talk to their peers at once. Where a channel is made it
 * starts when the first orderer has joined, so that it takes nothing from what the first leader waits for.
 */
function peerNeeds(draft: Draft): string[] {
  const joins = draft.wanted.spec.channels.flatMap((channel) => firstJoin(draft, channel))
  return [...draft.planned('make-identities'), ...joins]
}

/**
 * The join that the other orderers of a new channel wait for. The channel gets its first leader some time after the first of them
 * has joined, whatever the others do meanwhile (two Raft ticks, a second as Fabric is shipped), and alone it joins soonest.
 */
export function firstJoin(draft: Draft, channel: ChannelSpec): string[] {
  if (draft.observed.genesis.includes(channel.name)) return []
  const [first] = channelNodes(draft.wanted, channel, 'orderer')
  return first ? [`join-orderer/${channel.name}/${first.id}`] : []
}

/**
 * A contract's nodes start when the peers that call it have joined: nothing calls them before, and on a machine with few
 * cores they would only slow down the nodes that everything waits for.
 */
export function planContractNodes(draft: Draft, nodes: readonly NodeRecord[], callers: readonly NodeRecord[]): void {
  for (const node of nodes) {
    if (!isWithinReach(draft, node) || isUp(draft.stateOf(node).state)) continue
    const peers = callers.filter(({ organization }) => organization === node.organization)
    const joins = peers.map((peer) => `join-peer/${node.contract?.channel}/${peer.id}`)
    draft.add('ensure-node', node.id, `start ${nodeTitle(node)}`, joins)
  }
}

/** One running node at a time, orderers only once all others are up: two down together can cost a channel its quorum. */
function planRestart(draft: Draft, node: NodeRecord): void {
  const { state, current } = draft.stateOf(node)
  if (!isWantedUp(draft, node) || !isUp(state) || current) return
  const ensured = draft.steps.filter(({ kind }) => kind === 'ensure-node')
  const before = ensured.findLast(({ title }) => title.startsWith('restart'))
  const starts = ensured.filter(({ title }) => title.startsWith('start orderer'))
  const needs = [...(before ? [before] : []), ...(node.kind === 'orderer' ? starts : [])].map(stepId)
  draft.add('ensure-node', node.id, `restart ${nodeTitle(node)}`, [`make-identities/${node.organization}`, ...needs])
}

/** Nodes that are no longer wanted go last: after the channel no longer counts on them. */
export function planRemovals(draft: Draft): PlanNote[] {
  const gone = draft.wanted.nodes.filter((node) => node.removed && !isSilent(draft, node))
  const held = gone.filter((node) => isHeld(draft, node))
  for (const node of gone.filter((candidate) => !held.includes(candidate))) {
    const needs =
      node.kind === 'contract'
        ? successorSteps(draft, node)
        : [
            ...draft.planned('update-channel'),
            ...draft.planned('leave-orderer').filter((id) => id.endsWith(`/${node.id}`)),
          ]
    draft.add('remove-node', node.id, `remove ${nodeTitle(node)}`, needs)
  }
  return held.map((node) => ({
    kind: 'residue',
    subject: `node/${nodeRef(node)}`,
    message: 'it is kept until its channel no longer counts on it',
  }))
}

/** Steps that a removal in the same plan would take the node away from. */
const usingKinds: ReadonlySet<StepKind> = new Set(['ensure-node', 'stop-node', 'join-orderer'])

/** Whether the removal waits for another look, since what must come before it is not planned now. */
function isHeld(draft: Draft, node: NodeRecord): boolean {
  const isInUse = draft.steps.some(({ kind, key }) => usingKinds.has(kind) && key.split('/').includes(node.id))
  if (isInUse) return true
  if (node.kind === 'contract') return isServing(draft, node)
  return channelsCountingOn(draft, node).some((channel) => !draft.has(`update-channel/${channel}`))
}

/** Channels whose consenters may have this orderer among them though it is no longer wanted: their configuration says so, or cannot be read. */
export function channelsCountingOn(draft: Draft, node: NodeRecord): string[] {
  if (node.kind !== 'orderer' || !node.removed || !draft.observed.identities.nodes.includes(node.id)) return []
  const names = draft.wanted.spec.channels
    .map(({ name }) => name)
    .filter((name) => draft.observed.genesis.includes(name))
  return names.filter((name) => {
    const config = draft.observed.channels[name]?.config
    return config === undefined || config.consenters.includes(serviceAddress(draft.wanted, node))
  })
}

export function isUp(state: string): boolean {
  return state === 'running' || state === 'starting' || state === 'unhealthy'
}

/** Whether the node is wanted up and its host answers: what does not answer is not acted on, and not given up. */
export function isWithinReach(draft: Draft, node: NodeRecord): boolean {
  return isWantedUp(draft, node) && !isSilent(draft, node)
}

export function isSilent(draft: Draft, node: NodeRecord): boolean {
  return draft.stateOf(node).state === 'unknown'
}

/** Whether the node is wanted up. */
export function isWantedUp(draft: Draft, node: NodeRecord): boolean {
  return isStaying(draft, node) && node.power === 'running' && draft.wanted.power === 'running'
}

/** Whether the node is looked after: an orderer that goes is, as long as a channel counts on it, and what serves a contract stops with its network. */
function isStaying(draft: Draft, node: NodeRecord): boolean {
  if (!node.removed) return true
  return node.kind === 'contract' ? draft.wanted.power === 'stopped' : channelsCountingOn(draft, node).length > 0
}
