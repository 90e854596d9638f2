/** What runs. `state-db` and `ca` come later. */
export const nodeKinds = ['orderer', 'peer', 'contract'] as const
export type NodeKind = (typeof nodeKinds)[number]

/** Named ports of a node and what answers there. */
export const portNames = ['service', 'operations', 'admin', 'chaincode'] as const
export type PortName = (typeof portNames)[number]

/**
 * A node's row: allotted once, before anything of it exists, and never re-used. What a driver calls the thing it runs is a
 * function of `id` alone, so that a crash in mid-create is found again and adopted.
 */
export interface NodeRecord {
  readonly id: string
  readonly networkId: string
  readonly organization: string
  readonly name: string
  readonly kind: NodeKind
  readonly hostId: string
  /** TCP ports on the host, each unique there. */
  readonly ports: Readonly<Partial<Record<PortName, number>>>
  /** Wanted: running or stopped. */
  readonly power: 'running' | 'stopped'
  /** Raised by each wanted restart; a node that runs with an older number is restarted. */
  readonly incarnation: number
  /** For a contract node: which deployment it serves. */
  readonly contract?: { readonly channel: string; readonly name: string; readonly package: string } | undefined
  /** Wanted gone. The row stays until nothing of the node is left on its host. */
  readonly removed: boolean
  readonly createdAt: number
}

/** `Org1/peer0`. */
export function nodeRef(node: Pick<NodeRecord, 'organization' | 'name'>): string {
  return `${node.organization}/${node.name}`
}

/** What an observation found of a node. */
export const nodeStates = ['absent', 'starting', 'running', 'unhealthy', 'stopped', 'exited', 'unknown'] as const
export type NodeState = (typeof nodeStates)[number]
