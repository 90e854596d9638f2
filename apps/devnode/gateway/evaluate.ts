import { status } from '@grpc/grpc-js'
import { gateway, peer } from '@hyperledger/fabric-protos'
import { isGone, untilAborted } from './endorsers.ts'
import type { Plan } from './plan.ts'
import { type ReadProposal, readWholeProposal, resultOf } from './proposal.ts'
import type { Registry } from './registry.ts'
import { type Detail, RpcError } from './rpc-error.ts'

/** Runs a proposal on one peer, trying others where that may help. @throws RpcError as Fabric's `Evaluate` */
export async function evaluate(
  registry: Registry,
  request: gateway.EvaluateRequest,
  signal: AbortSignal,
): Promise<gateway.EvaluateResponse> {
  const signed = request.getProposedTransaction() ?? new peer.SignedProposal()
  const proposal = read(signed)
  const plan = planFor(registry, proposal, request.getTargetOrganizationsList())
  try {
    const response = await untilAborted(askInTurn(plan, signed, signal), signal)
    const result = response.getResponse()
    // A response may leave the result out; what is signed never does.
    result?.setPayload(resultOf(response))
    const answer = new gateway.EvaluateResponse()
    answer.setResult(result)
    return answer
  } catch (error) {
    if (error instanceof RpcError) throw error
    if (signal.aborted) throw new RpcError(status.DEADLINE_EXCEEDED, 'evaluate timeout expired')
    throw error
  }
}

function read(signed: peer.SignedProposal): ReadProposal {
  try {
    return readWholeProposal(signed)
  } catch (error) {
    throw new RpcError(status.INVALID_ARGUMENT, `failed to unpack transaction proposal: ${messageOf(error)}`)
  }
}

function planFor(registry: Registry, proposal: ReadProposal, targets: readonly string[]): Plan {
  const { channel, contract, hasTransient } = proposal
  try {
    registry.channel(channel)
  } catch (error) {
    throw new RpcError(status.UNAVAILABLE, messageOf(error))
  }
  // Transient data stays in the own organization unless the client names others.
  const isProtected = hasTransient && targets.length === 0
  try {
    return registry.planForEvaluation(channel, contract, isProtected ? [registry.mspId] : targets)
  } catch (error) {
    const hint =
      "no endorsers found in the gateway's organization; retry specifying target organization(s) to protect transient data: "
    throw new RpcError(status.FAILED_PRECONDITION, `${isProtected ? hint : ''}${messageOf(error)}`)
  }
}

async function askInTurn(plan: Plan, signed: peer.SignedProposal, signal: AbortSignal): Promise<peer.ProposalResponse> {
  let [endorser] = plan.endorsers() ?? []
  const details: Detail[] = []
  let code = status.UNAVAILABLE
  while (endorser) {
    const answer = await endorser.process(signed, signal)
    if ('response' in answer) return answer.response
    code = answer.code
    details.push({ address: endorser.address, mspId: endorser.mspId, message: answer.message })
    if (isGone(answer)) endorser.release()
    if (!answer.mayRetry) {
      throw new RpcError(code, `evaluate call to endorser returned error: ${answer.message}`, details)
    }
    const next = plan.nextInGroup(endorser)
    endorser = 'endorser' in next ? next.endorser : undefined
  }
  throw new RpcError(code, 'failed to evaluate transaction, see attached details for more info', details)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
