/** The peer's own contract `_devnode`: what happened in a transaction, for developers of contracts. */
import { msp, peer } from '@hyperledger/fabric-protos'
import type { Contract, Invocation } from '../contracts/contract.ts'
import type { Membership } from '../msp/membership.ts'
import { satisfies } from '../msp/principal.ts'
import { signersOf } from '../policies/signed-data.ts'
import type { Traces } from './trace.ts'

export const traceContractName = '_devnode'

/** Transactions that `Traces` lists when nobody says how many, and at most. */
const usualCount = 20
const mostCount = 1_000

export interface TraceContractOptions {
  readonly traces: Traces
  /** The peer's own organization. */
  readonly localMsp: Membership
}

/**
 * Functions, for administrators of the peer's organization:
 * `Trace` (channel, transaction id) gives `{ channel, txId, events }` as JSON;
 * `Traces` (channel, number) gives `{ channel, transactions }`: `{ txId, at }` of each, newest first.
 */
export function traceContract({ traces, localMsp }: TraceContractOptions): Contract {
  return {
    async invoke(invocation) {
      const [name = '', ...args] = invocation.args.map((arg) => Buffer.from(arg).toString())
      if (!isAdministrator(invocation, localMsp)) {
        const who = `administrators of ${localMsp.mspId}`
        return { response: answer(500, `access denied for [${name}]: traces are shown to ${who} alone`) }
      }
      if (name === 'Trace') return { response: trace(traces, args) }
      if (name === 'Traces') return { response: list(traces, args) }
      return { response: answer(500, `Requested function ${name} not found.`) }
    },
  }
}

function trace(traces: Traces, [channel, txId]: readonly string[]): peer.Response {
  if (channel === undefined || txId === undefined) return answer(500, 'Trace needs a channel and a transaction id')
  const events = traces.read(channel, txId)
  if (!events) return answer(404, `there is no trace of transaction ${txId} on channel ${channel}`)
  return answer(200, '', { channel, txId, events })
}

function list(traces: Traces, [channel, count]: readonly string[]): peer.Response {
  if (channel === undefined) return answer(500, 'Traces needs a channel')
  const wanted = Number(count ?? usualCount)
  const limit = Number.isFinite(wanted) ? Math.min(Math.max(0, wanted), mostCount) : usualCount
  return answer(200, '', { channel, transactions: traces.newest(channel, limit) })
}

function answer(status: number, message: string, payload?: unknown): peer.Response {
  const response = new peer.Response()
  response.setStatus(status)
  response.setMessage(message)
  if (payload !== undefined) response.setPayload(Buffer.from(JSON.stringify(payload)))
  return response
}

function isAdministrator({ signedProposal, creator }: Invocation, localMsp: Membership): boolean {
  const role = new msp.MSPRole()
  role.setMspIdentifier(localMsp.mspId)
  role.setRole(msp.MSPRole.MSPRoleType.ADMIN)
  const principal = new msp.MSPPrincipal()
  principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE)
  principal.setPrincipal(role.serializeBinary())
  const data = signedProposal.getProposalBytes_asU8()
  const signed = { data, identity: creator, signature: signedProposal.getSignature_asU8() }
  return signersOf([signed], new Map([[localMsp.mspId, localMsp]])).some((signer) => satisfies(signer, principal))
}
