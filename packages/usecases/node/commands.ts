import { type NetworkSpec, type NodeRecord, nodeRef, PlatformError } from '@cello/model'
import type { NetworkRecord } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { changeNetwork, decideEdit } from '../network/change.ts'
import { findNode } from '../network/find.ts'
import type { OperationView } from '../operation/view.ts'
import type { NodeTarget } from './queries.ts'

/** Wants a stopped node up. @throws CHANGE_REFUSED while its whole network is stopped */
export function startNode(context: Context, call: Call, target: NodeTarget): Promise<OperationView> {
  return changeNode(context, call, target, 'start-node')
}

/** Wants a node down; what it holds stays. */
export function stopNode(context: Context, call: Call, target: NodeTarget): Promise<OperationView> {
  return changeNode(context, call, target, 'stop-node')
}

/** Wants a node started anew. @throws CHANGE_REFUSED while its whole network is stopped */
export function restartNode(context: Context, call: Call, target: NodeTarget): Promise<OperationView> {
  return changeNode(context, call, target, 'restart-node')
}

/** What each act makes of a node's row. */
const changes = {
  'start-node': (node) => ({ ...node, power: 'running' }),
  'stop-node': (node) => ({ ...node, power: 'stopped' }),
  'restart-node': (node) => ({ ...node, power: 'running', incarnation: node.incarnation + 1 }),
} satisfies Record<string, (node: NodeRecord) => NodeRecord>

async function changeNode(
  context: Context,
  call: Call,
  target: NodeTarget,
  kind: keyof typeof changes,
): Promise<OperationView> {
  allow(call, 'networks:write')
  return changeNetwork(context, call, {
    network: target.network,
    kind,
    decide: (network) => {
      const node = changes[kind](liveNode(network, target.node))
      if (node.power === 'running') refuseStopped(network, node)
      return { nodes: [node] }
    },
  })
}

/** Takes a node out of the document of its network. @throws CHANGE_REFUSED, for a contract node too: it hangs on its deployment */
export async function deleteNode(context: Context, call: Call, target: NodeTarget): Promise<OperationView> {
  allow(call, 'networks:write')
  return changeNetwork(context, call, {
    network: target.network,
    kind: 'delete-node',
    decide: (network) => {
      const node = liveNode(network, target.node)
      if (node.kind === 'contract') {
        throw new PlatformError('CHANGE_REFUSED', {
          detail: `${nodeRef(node)} runs the contract ${node.contract?.name ?? ''} of its organization`,
          nearest: 'Stop the node, or edit `organizations` of the deployment.',
        })
      }
      return decideEdit(context, network, withoutNode(network.spec, node))
    },
  })
}

/** The document without a node, and without what refers to it. @throws CHANGE_REFUSED where that leaves a channel or a contract without any */
export function withoutNode(
  spec: NetworkSpec,
  { organization, name }: Pick<NodeRecord, 'organization' | 'name'>,
): NetworkSpec {
  const ref = nodeRef({ organization, name })
  const organizations = spec.organizations.map((org) =>
    org.name === organization
      ? {
          ...org,
          orderers: org.orderers.filter((node) => node.name !== name),
          peers: org.peers.filter((node) => node.name !== name),
        }
      : org,
  )
  const channels = spec.channels.map((channel) => ({
    ...channel,
    contracts: channel.contracts.map((contract) => {
      if (!contract.peers?.includes(ref)) return contract
      const peers = contract.peers.filter((peer) => peer !== ref)
      if (peers.length > 0) return { ...contract, peers }
      throw new PlatformError('CHANGE_REFUSED', {
        detail: `${ref} is the only peer that has the contract ${contract.name}`,
        nearest: `Name another peer for ${contract.name} first.`,
      })
    }),
  }))
  return { ...spec, organizations, channels }
}

function liveNode(network: NetworkRecord, key: string): NodeRecord {
  const node = findNode(network, key)
  if (node.removed) throw new PlatformError('NOT_FOUND', { noun: 'node', id: key })
  return node
}

function refuseStopped(network: NetworkRecord, node: NodeRecord): void {
  if (network.power === 'running') return
  throw new PlatformError('CHANGE_REFUSED', {
    detail: `${nodeRef(node)} stays down while its network is stopped`,
    nearest: 'Start the network.',
  })
}
