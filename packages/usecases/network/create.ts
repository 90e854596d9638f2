import { newId } from '@cello/kit'
import { type NetworkSpec, PlatformError } from '@cello/model'
import { emptyObservation, plan } from '@cello/planning'
import type { HostRecord, NetworkRecord, RuntimeRecord } from '@cello/ports'
import { allow, type Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { knownOperation, readOperation } from '../operation/record.ts'
import { type OperationView, type PlanView, viewPlan } from '../operation/view.ts'
import { allot, allotForPreview, whilePortsAreTaken } from './allot.ts'
import { findHost } from './find.ts'
import { checkPackages } from './packages-exist.ts'
import { normalizePolicies } from './policies.ts'
import { refuseUnsupported } from './unsupported.ts'

/**
 * Records that a network is wanted, with all that is allotted to it, and returns at once.
 * @throws NAME_TAKEN, NOT_FOUND (host, package), UNSUPPORTED, FABRIC_NOT_FOUND, PORTS_EXHAUSTED, HOST_UNREACHABLE
 */
export async function createNetwork(context: Context, call: Call, asked: NetworkSpec): Promise<OperationView> {
  allow(call, 'networks:write')
  const known = await knownOperation(context, call)
  if (known) return known
  const { host, runtime, spec } = await prepare(context, asked)
  const id = newId(context.clock.now())
  const operationId = call.commandId ?? newId(context.clock.now())
  await whilePortsAreTaken(async () => {
    const nodes = await allot(context, host, { networkId: id, spec, existing: [] })
    const operation = {
      id: operationId,
      kind: 'create-network' as const,
      actor: call.actor.name,
      at: context.clock.now(),
    }
    await context.store.networks.create({ ...draft(context, { id, spec, host, runtime }), nodes }, operation)
  })
  context.wake(id)
  return readOperation(context, operationId)
}

/** What `createNetwork` would do. Nothing is written. @throws as it does */
export async function planNewNetwork(context: Context, call: Call, asked: NetworkSpec): Promise<PlanView> {
  allow(call, 'networks:read')
  const { host, runtime, spec } = await prepare(context, asked)
  const id = newId(context.clock.now())
  const nodes = allotForPreview(context, host, { networkId: id, spec, existing: [] })
  const network = { ...draft(context, { id, spec, host, runtime }), nodes }
  return viewPlan(plan(await context.wanted(network), emptyObservation(id, context.clock.now())))
}

async function prepare(
  context: Context,
  spec: NetworkSpec,
): Promise<{ host: HostRecord; runtime: RuntimeRecord; spec: NetworkSpec }> {
  if (await context.store.networks.byName(spec.name)) {
    throw new PlatformError('NAME_TAKEN', { noun: 'network', name: spec.name })
  }
  const host = await findHost(context, spec.host)
  await checkPackages(context, spec)
  const runtime = await context.findRuntime(host, spec.runtime)
  refuseUnsupported(spec, runtime)
  return { host, runtime, spec: normalizePolicies(spec, context.ledger(runtime.kind)) }
}

function draft(
  context: Context,
  made: { readonly id: string; readonly spec: NetworkSpec; readonly host: HostRecord; readonly runtime: RuntimeRecord },
): Omit<NetworkRecord, 'nodes'> {
  return {
    id: made.id,
    name: made.spec.name,
    spec: made.spec,
    runtime: made.runtime,
    hostId: made.host.id,
    power: 'running',
    deleting: false,
    generation: 1,
    observedGeneration: 0,
    createdAt: context.clock.now(),
  }
}
