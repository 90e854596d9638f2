import { type NetworkSpec, nodeRef, type ObservedNetwork, type RuntimeKind } from '@cello/model'
import type { NetworkRecord, OperationRecord } from '@cello/ports'
import { brokenChannels } from '../channel/health.ts'
import type { Context } from '../context.ts'
import { moment, momentOf } from '../moment.ts'
import { wantedOf } from '../node/view.ts'
import { type NetworkState, networkState } from './state.ts'

export interface NetworkSummaryView {
  id: string
  name: string
  state: NetworkState
  reason?: string | undefined
  runtime: { kind: RuntimeKind; version: string }
  host: string
  power: 'running' | 'stopped'
  deleting: boolean
  generation: number
  observedGeneration: number
  organizations: number
  nodes: { wanted: number; running: number }
  channels: { name: string; height?: number | undefined }[]
  operation?: { id: string; kind: OperationRecord['kind']; state: OperationRecord['state'] } | undefined
  observedAt?: string | undefined
  createdAt: string
}

export interface NetworkView extends NetworkSummaryView {
  spec: NetworkSpec
}

export async function viewNetwork(
  context: Context,
  network: NetworkRecord,
  observed?: ObservedNetwork,
): Promise<NetworkView> {
  return { ...(await summarizeNetwork(context, network, observed)), spec: network.spec }
}

export async function summarizeNetwork(
  context: Context,
  network: NetworkRecord,
  observed = context.observations.get(network.id),
): Promise<NetworkSummaryView> {
  const [operation] = await context.store.operations.open(network.id)
  const nodes = nodesOf(network, observed)
  return {
    id: network.id,
    name: network.name,
    ...networkState({
      deleting: network.deleting,
      power: network.power,
      settled: network.observedGeneration >= network.generation,
      wasWhole: network.observedGeneration > 0,
      operation: operation && { kind: operation.kind, state: operation.state, message: operation.error?.message },
      nodes: observed && nodes,
      broken: observed && brokenChannels(network, observed),
    }),
    runtime: { kind: network.runtime.kind, version: network.runtime.version },
    host: network.spec.host,
    power: network.power,
    deleting: network.deleting,
    generation: network.generation,
    observedGeneration: network.observedGeneration,
    organizations: network.spec.organizations.length,
    nodes: {
      wanted: nodes.filter(({ wantedUp }) => wantedUp).length,
      running: nodes.filter(({ state }) => state === 'running').length,
    },
    channels: network.spec.channels.map(({ name }) => ({ name, height: heightOf(observed, name) })),
    operation: operation && { id: operation.id, kind: operation.kind, state: operation.state },
    observedAt: momentOf(observed?.at),
    createdAt: moment(network.createdAt),
  }
}

/** The highest height that a peer, or else an orderer, of the channel was seen at. */
export function heightOf(observed: ObservedNetwork | undefined, channel: string): number | undefined {
  const seen = observed?.channels[channel]
  if (!seen) return undefined
  const heights = [...Object.values(seen.peers), ...Object.values(seen.orderers)].map(({ height }) => height)
  return heights.length === 0 ? undefined : Math.max(...heights)
}

function nodesOf(network: NetworkRecord, observed: ObservedNetwork | undefined) {
  return network.nodes
    .filter((node) => !node.removed)
    .map((node) => ({
      ref: nodeRef(node),
      wantedUp: wantedOf(network, node) === 'up',
      state: observed?.nodes[node.id]?.state ?? ('absent' as const),
    }))
}
