import { status } from '@grpc/grpc-js'
import { gateway, peer } from '@hyperledger/fabric-protos'
import { type GatewayEndorser, isGone, untilAborted } from './endorsers.ts'
import type { Plan } from './plan.ts'
import { preparedTransaction, type ReadProposal, readProposal } from './proposal.ts'
import type { Registry } from './registry.ts'
import { type Detail, RpcError } from './rpc-error.ts'

interface Endorsing {
  readonly registry: Registry
  readonly signed: peer.SignedProposal
  readonly proposal: ReadProposal
  readonly signal: AbortSignal
}

/** Collects what the policies ask for, and makes a transaction of it. @throws RpcError as Fabric's `Endorse` */
export async function endorse(
  registry: Registry,
  request: gateway.EndorseRequest,
  signal: AbortSignal,
): Promise<gateway.EndorseResponse> {
  const signed = request.getProposedTransaction()
  if (!signed || signed.getProposalBytes_asU8().length === 0) {
    throw new RpcError(status.INVALID_ARGUMENT, 'the proposed transaction must contain a signed proposal')
  }
  const proposal = said(status.INVALID_ARGUMENT, () => readProposal(signed))
  const endorsing: Endorsing = { registry, signed, proposal, signal }
  const mspIds = request.getEndorsingOrganizationsList()
  const { channel, contract } = proposal
  const plan =
    mspIds.length > 0
      ? said(status.UNAVAILABLE, () => registry.planForOrganizations(channel, contract, mspIds))
      : await planFromFirst(endorsing)
  await inTime(collect(endorsing, plan), signal, 'endorsement timeout expired while collecting endorsements')
  if (!plan.completed) {
    throw new RpcError(
      status.ABORTED,
      'failed to collect enough transaction endorsements, see attached details for more info',
      plan.errors,
    )
  }
  const response = new gateway.EndorseResponse()
  response.setPreparedTransaction(preparedTransaction(proposal, plan.completed.payload, plan.completed.endorsements))
  return response
}

/** One layout after the other, all peers of a layout at once. */
async function collect({ signed, signal }: Endorsing, plan: Plan): Promise<void> {
  while (!plan.completed) {
    const endorsers = plan.endorsers()
    if (!endorsers) return
    const empty = await Promise.all(endorsers.map((endorser) => collectOne(plan, endorser, signed, signal)))
    plan.abandon(empty.flat())
  }
}

/** @returns the group that has no peer left which could endorse */
async function collectOne(
  plan: Plan,
  first: GatewayEndorser,
  signed: peer.SignedProposal,
  signal: AbortSignal,
): Promise<string[]> {
  let endorser = first
  for (;;) {
    const answer = await endorser.process(signed, signal)
    if ('response' in answer) {
      if (plan.add(endorser, answer.response)) return []
    } else {
      if (isGone(answer)) endorser.release()
      plan.fail(endorser, answer.message)
    }
    const next = plan.nextInGroup(endorser)
    if (!('endorser' in next)) return [next.emptyGroup]
    endorser = next.endorser
  }
}

/** Asks one peer, of the own organization if there is one, and from its answer what the policies ask for. */
async function planFromFirst(endorsing: Endorsing): Promise<Plan> {
  const { registry, proposal, signal } = endorsing
  const { channel, contract } = proposal
  const byDefault = interestIn(contract)
  const asked = askFirst(endorsing, firstPlan(endorsing, byDefault))
  const { endorser, response } = await inTime(
    asked,
    signal,
    'endorsement timeout expired while collecting first endorsement',
  )
  const told = response.getInterest()
  const original = told && told.getChaincodesList().length > 0 ? told : byDefault
  const interest = original.cloneMessage()
  const guarded = proposal.hasTransient ? protectCollections(interest) : []
  let plan: Plan
  try {
    plan = registry.planForInterest(channel, interest, endorser)
  } catch (error) {
    if (guarded.length > 0 && isPossible(() => registry.planForInterest(channel, original, endorser))) {
      throw new RpcError(
        status.FAILED_PRECONDITION,
        `requires endorsement from organisation(s) that are not in the distribution policy of the private data collection(s): [${guarded.join(' ')}]; retry specifying trusted endorsing organizations to protect transient data`,
      )
    }
    throw new RpcError(status.FAILED_PRECONDITION, messageOf(error))
  }
  plan.add(endorser, response)
  return plan
}

function firstPlan({ registry, proposal }: Endorsing, byDefault: peer.ChaincodeInterest): Plan {
  const { channel, contract, hasTransient } = proposal
  try {
    return registry.planForOrganizations(channel, contract, [registry.mspId])
  } catch {
    if (hasTransient) {
      throw new RpcError(
        status.FAILED_PRECONDITION,
        "no endorsers found in the gateway's organization; retry specifying endorsing organization(s) to protect transient data",
      )
    }
    return said(status.FAILED_PRECONDITION, () => registry.planForInterest(channel, byDefault))
  }
}

async function askFirst(
  { signed, signal }: Endorsing,
  plan: Plan,
): Promise<{ endorser: GatewayEndorser; response: peer.ProposalResponse }> {
  const details: Detail[] = []
  let [endorser] = plan.endorsers() ?? []
  while (endorser) {
    const answer = await endorser.process(signed, signal)
    if ('response' in answer) return { endorser, response: answer.response }
    details.push({ address: endorser.address, mspId: endorser.mspId, message: answer.message })
    if (isGone(answer)) endorser.release()
    const next = plan.nextInGroup(endorser)
    endorser = 'endorser' in next ? next.endorser : undefined
  }
  throw new RpcError(status.ABORTED, 'failed to endorse transaction, see attached details for more info', details)
}

/** With transient data, who endorses must be one who may see the collections, also where none is read. */
function protectCollections(interest: peer.ChaincodeInterest): readonly string[] {
  return interest.getChaincodesList().flatMap((call) => {
    if (!call.getNoPrivateReads()) return []
    call.setNoPrivateReads(false)
    return call.getCollectionNamesList()
  })
}

function interestIn(contract: string): peer.ChaincodeInterest {
  const call = new peer.ChaincodeCall()
  call.setName(contract)
  const interest = new peer.ChaincodeInterest()
  interest.addChaincodes(call)
  return interest
}

function isPossible(plan: () => Plan): boolean {
  try {
    plan()
    return true
  } catch {
    return false
  }
}

async function inTime<T>(promise: Promise<T>, signal: AbortSignal, late: string): Promise<T> {
  try {
    return await untilAborted(promise, signal)
  } catch (error) {
    if (signal.aborted) throw new RpcError(status.DEADLINE_EXCEEDED, late)
    throw error
  }
}

function said<T>(code: status, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new RpcError(code, messageOf(error))
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
