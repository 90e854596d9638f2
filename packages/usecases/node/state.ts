import type { NodeState } from '@cello/model'

export type NodeViewState =
  | 'pending'
  | 'starting'
  | 'running'
  | 'unhealthy'
  | 'stopping'
  | 'stopped'
  | 'exited'
  | 'removing'
  | 'unknown'

/** What a node is doing, by what is wanted of it and what was seen. docs/states.md is made of it. */
export const nodeStateTable = {
  up: {
    absent: 'pending',
    starting: 'starting',
    running: 'running',
    unhealthy: 'unhealthy',
    stopped: 'starting',
    exited: 'exited',
    unknown: 'unknown',
  },
  down: {
    absent: 'stopped',
    starting: 'stopping',
    running: 'stopping',
    unhealthy: 'stopping',
    stopped: 'stopped',
    exited: 'stopped',
    unknown: 'unknown',
  },
  gone: {
    absent: 'removing',
    starting: 'removing',
    running: 'removing',
    unhealthy: 'removing',
    stopped: 'removing',
    exited: 'removing',
    unknown: 'removing',
  },
} as const satisfies Record<string, Record<NodeState, NodeViewState>>

/** `seen` is absent for a node that no observation tells of; `looked` says whether there was one of its network. */
export function nodeState(
  wanted: keyof typeof nodeStateTable,
  seen: NodeState | undefined,
  looked: boolean,
): NodeViewState {
  return nodeStateTable[wanted][seen ?? (looked ? 'absent' : 'unknown')]
}
