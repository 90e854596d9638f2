import { newId, stableJson } from '@cello/kit'
import { type NetworkSpec, type OperationKind, type PlanNote, PlatformError } from '@cello/model'
import { refusals } from '@cello/planning'
import type { NetworkChange, NetworkRecord } from '@cello/ports'
import type { Call } from '../actor.ts'
import type { Context } from '../context.ts'
import { knownOperation, readOperation } from '../operation/record.ts'
import type { OperationView } from '../operation/view.ts'
import { allot, whilePortsAreTaken } from './allot.ts'
import { findHost, findNetwork, refuseDeleting } from './find.ts'
import { checkPackages } from './packages-exist.ts'
import { normalizePolicies } from './policies.ts'
import { refuseUnsupported } from './unsupported.ts'

type Wanted = Pick<NetworkChange, 'spec' | 'power' | 'deleting' | 'nodes'>

/** How often a change is made anew when another came in between. */
const tries = 8

export interface ChangeRequest {
  /** Id or name. */
  readonly network: string
  readonly kind: OperationKind
  /** What the caller read; absent: whatever it is now. */
  readonly expectedGeneration?: number | undefined
  /** What shall be wanted instead. Called again when another change came in between. */
  readonly decide: (network: NetworkRecord) => Promise<Wanted> | Wanted
}

/**
 * Records a change of what is wanted of a network, and wakes its engine.
 * @throws NOT_FOUND, NETWORK_DELETING, PRECONDITION_FAILED, and what `decide` throws
 */
export async function changeNetwork(context: Context, call: Call, request: ChangeRequest): Promise<OperationView> {
  const known = await knownOperation(context, call)
  if (known) return known
  const operationId = call.commandId ?? newId(context.clock.now())
  const write = () => writeChange(context, call, request, operationId)
  const id = await whilePortsAreTaken(() => whileItMoves(write, request.expectedGeneration !== undefined))
  context.wake(id)
  return readOperation(context, operationId)
}

/** The rows and document of an edited network. @throws CHANGE_REFUSED, UNSUPPORTED, LEDGER_REFUSED (policy), NOT_FOUND (package), PORTS_EXHAUSTED, HOST_UNREACHABLE */
export async function decideEdit(context: Context, network: NetworkRecord, edited: NetworkSpec): Promise<Wanted> {
  const spec = settleEdit(context, network, edited)
  const [first] = editRefusals(network, spec)
  if (first)
    throw new PlatformError('CHANGE_REFUSED', { detail: `${first.subject}: ${first.message}`, nearest: first.next })
  refuseUnsupported(spec, network.runtime)
  await checkPackages(context, spec)
  const host = await findHost(context, network.hostId)
  return { spec, nodes: await allot(context, host, { networkId: network.id, spec, existing: network.nodes }) }
}

/** An edited document as it would be kept. @throws LEDGER_REFUSED for a policy that is none */
export function settleEdit(context: Context, network: NetworkRecord, edited: NetworkSpec): NetworkSpec {
  return normalizePolicies(keepRuntime(network, edited), context.ledger(network.runtime.kind))
}

/** What of a settled edit is refused, by the state of the network and by what a ledger can do; empty when nothing is. */
export function editRefusals(network: NetworkRecord, spec: NetworkSpec): PlanNote[] {
  return [...stoppedRefusals(network, spec), ...refusals(network, spec)]
}

/** An operation ends when its effect was seen, and nothing of a ledger can be seen or changed while no node of it runs. */
function stoppedRefusals({ name, power, spec }: NetworkRecord, edited: NetworkSpec): PlanNote[] {
  if (power === 'running' || stableJson(spec) === stableJson(edited)) return []
  const message = 'it is stopped, so its ledgers cannot follow a change'
  const next = 'Start the network, then apply the change.'
  return [{ kind: 'refused', subject: `network/${name}`, message, next }]
}

/** A document that leaves the runtime open, or names the one that the network got, asks for no change of it. */
function keepRuntime(network: NetworkRecord, spec: NetworkSpec): NetworkSpec {
  const { kind, version } = spec.runtime
  const isSame =
    (kind === 'auto' || kind === network.runtime.kind) && (version === undefined || version === network.runtime.version)
  return isSame ? { ...spec, runtime: network.spec.runtime } : spec
}

async function writeChange(context: Context, call: Call, request: ChangeRequest, operationId: string): Promise<string> {
  const network = await findNetwork(context, request.network)
  const wanted = await request.decide(network)
  if (!wanted.deleting) refuseDeleting(network)
  const { superseded } = await context.store.networks.change({
    networkId: network.id,
    expectedGeneration: request.expectedGeneration ?? network.generation,
    ...wanted,
    operation: { id: operationId, kind: request.kind, actor: call.actor.name, at: context.clock.now() },
  })
  for (const id of superseded) context.stopSteps(id)
  return network.id
}

async function whileItMoves<T>(write: () => Promise<T>, once: boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      const moved = error instanceof PlatformError && error.code === 'PRECONDITION_FAILED'
      if (!moved || once || attempt >= tries) throw error
    }
  }
}
