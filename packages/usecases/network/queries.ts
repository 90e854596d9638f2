import type { NetworkSpec } from '@cello/model'
import { PlatformError } from '@cello/model'
import { emptyObservation, plan } from '@cello/planning'
import type { NetworkRecord, PageRequest } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { type PlanView, viewPlan } from '../operation/view.ts'
import type { PageView } from '../paging.ts'
import { allotForPreview } from './allot.ts'
import { editRefusals, settleEdit } from './change.ts'
import { findHost, findNetwork, refuseDeleting } from './find.ts'
import { withLiveHeights } from './live-heights.ts'
import { checkPackages } from './packages-exist.ts'
import { refuseUnsupported } from './unsupported.ts'
import { type NetworkSummaryView, type NetworkView, summarizeNetwork, viewNetwork } from './view.ts'

/** Networks with their states, without their documents. */
export async function listNetworks(
  context: Context,
  call: Call,
  page: PageRequest,
): Promise<PageView<NetworkSummaryView>> {
  allow(call, 'networks:read')
  const { items, next } = await context.store.networks.list(page)
  return { items: await Promise.all(items.map((network) => summarizeNetwork(context, network))), next }
}

/** By id or name. @throws NOT_FOUND */
export async function getNetwork(context: Context, call: Call, key: string): Promise<NetworkView> {
  allow(call, 'networks:read')
  const network = await findNetwork(context, key)
  return viewNetwork(context, network, await withLiveHeights(context, call, network))
}

/**
 * What applying the document would do: the steps, or, where some of it cannot be done, no steps and what is refused.
 * Nothing is written. @throws NOT_FOUND, NETWORK_DELETING, UNSUPPORTED, LEDGER_REFUSED (policy); STARTING while the network was not looked at
 */
export async function planNetwork(
  context: Context,
  call: Call,
  { network: key, spec: edited }: { readonly network: string; readonly spec: NetworkSpec },
): Promise<PlanView> {
  allow(call, 'networks:read')
  const network = await findNetwork(context, key)
  refuseDeleting(network)
  const spec = settleEdit(context, network, edited)
  const refused = editRefusals(network, spec)
  if (refused.length > 0) return viewPlan({ steps: [], notes: refused })
  refuseUnsupported(spec, network.runtime)
  await checkPackages(context, spec)
  const host = await findHost(context, network.hostId)
  const changed = allotForPreview(context, host, { networkId: network.id, spec, existing: network.nodes })
  const next = { ...network, spec, nodes: merge(network.nodes, changed) }
  return viewPlan(plan(await context.wanted(next), observationOf(context, network)))
}

function observationOf(context: Context, network: NetworkRecord) {
  const observed = context.observations.get(network.id)
  // Without a look at it, a plan would propose to make anew what is there.
  if (!observed && network.observedGeneration > 0) throw new PlatformError('STARTING')
  return observed ?? emptyObservation(network.id, context.clock.now())
}

function merge(rows: NetworkRecord['nodes'], changed: NetworkRecord['nodes']): NetworkRecord['nodes'] {
  const byId = new Map([...rows, ...changed].map((node) => [node.id, node]))
  return [...byId.values()]
}
