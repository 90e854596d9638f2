/** For tests only: the nodes of a network called `network` on one host, each with its name as its id. */
import type { NodeKind, NodeRecord } from '@cello/model'
import type { ObservedNode } from '@cello/ports'

type Kinds = Readonly<Record<string, NodeKind>>

/** Their rows, wanted up. */
export function nodeRows(kinds: Kinds): NodeRecord[] {
  return Object.entries(kinds).map(([name, kind]) => ({
    id: name,
    networkId: 'network',
    organization: 'Org1',
    name,
    kind,
    hostId: 'host',
    ports: {},
    power: 'running',
    incarnation: 1,
    removed: false,
    createdAt: 0,
  }))
}

/** What the host says while they run as specified, by id. */
export function nodesOnHost(kinds: Kinds): Map<string, ObservedNode> {
  return new Map(
    Object.entries(kinds).map(([id, kind]): [string, ObservedNode] => {
      const labels = { network: 'network', organization: 'Org1', name: id, kind }
      return [id, { id, state: 'running', incarnation: 1, specDigest: 'd', startedAt: 7, labels }]
    }),
  )
}
