import type { NetworkSpec } from '@cello/model'
import { isGoingOn, PlatformError } from '@cello/model'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import type { OperationView } from '../operation/view.ts'
import { changeNetwork, decideEdit } from './change.ts'
import { refuseDeleting } from './find.ts'

interface Target {
  /** Id or name. */
  readonly network: string
  /** The generation that the caller read. */
  readonly expectedGeneration?: number | undefined
}

/** Wants the network as the edited document says. @throws CHANGE_REFUSED with the nearest possible act, PRECONDITION_FAILED … */
export async function applyNetwork(
  context: Context,
  call: Call,
  target: Target & { readonly spec: NetworkSpec },
): Promise<OperationView> {
  allow(call, 'networks:write')
  return changeNetwork(context, call, {
    ...target,
    kind: 'change-network',
    decide: (network) => {
      refuseDeleting(network)
      return decideEdit(context, network, target.spec)
    },
  })
}

/** Wants every node of it up, those too that were stopped one by one. */
export async function startNetwork(context: Context, call: Call, target: Target): Promise<OperationView> {
  allow(call, 'networks:write')
  return changeNetwork(context, call, {
    ...target,
    kind: 'start-network',
    decide: ({ nodes }) => ({
      power: 'running',
      nodes: nodes
        .filter(({ power, removed }) => power === 'stopped' && !removed)
        .map((node) => ({ ...node, power: 'running' as const })),
    }),
  })
}

/** Wants every node of it down; what they hold stays. */
export async function stopNetwork(context: Context, call: Call, target: Target): Promise<OperationView> {
  allow(call, 'networks:write')
  return changeNetwork(context, call, { ...target, kind: 'stop-network', decide: () => ({ power: 'stopped' }) })
}

/** Wants every node of it started anew, one after the other as the plan says. */
export async function restartNetwork(context: Context, call: Call, target: Target): Promise<OperationView> {
  allow(call, 'networks:write')
  return changeNetwork(context, call, {
    ...target,
    kind: 'restart-network',
    decide: ({ nodes }) => ({
      power: 'running',
      nodes: nodes
        .filter(({ removed }) => !removed)
        .map((node) => ({ ...node, power: 'running' as const, incarnation: node.incarnation + 1 })),
    }),
  })
}

/** Wants nothing of it left. @throws NETWORK_DELETING when it is being deleted already, unless that was cancelled or has failed */
export async function deleteNetwork(context: Context, call: Call, target: Target): Promise<OperationView> {
  allow(call, 'networks:write')
  return changeNetwork(context, call, {
    ...target,
    kind: 'delete-network',
    decide: async ({ id, name, deleting }) => {
      const open = deleting ? await context.store.operations.open(id) : []
      if (open.some(isGoingOn)) throw new PlatformError('NETWORK_DELETING', { network: name })
      return { deleting: true }
    },
  })
}
