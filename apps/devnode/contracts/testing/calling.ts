/** Calls of contracts as the endorser makes them, on channels and packages made for a test. */
import { peer } from '@hyperledger/fabric-protos'
import type { AccessControl } from '../../access/access.ts'
import { signedProposal } from '../../endorsement/testing/proposals.ts'
import { testOrganization } from '../../endorsement/testing/test-organization.ts'
import type { LocalSigner } from '../../msp/local-msp.ts'
import type { TraceEvent } from '../../trace/trace.ts'
import type { Contract, Outcome } from '../contract.ts'
import { type ContractRuntime, type ContractRuntimeOptions, openContractRuntime } from '../contract-runtime.ts'
import { contractsOf } from '../contracts-of.ts'
import { type Call, invokeContract } from '../invoke-contract.ts'
import { type Deployed, lifecycleOf, type TestChannel } from './test-channel.ts'

export interface CallingOptions extends Partial<ContractRuntimeOptions> {
  readonly channels: readonly TestChannel[]
  readonly deployed: readonly Deployed[]
  readonly system?: ReadonlyMap<string, Contract>
  readonly access?: AccessControl
  /** Who proposes. */
  readonly member?: LocalSigner
}

export interface Called extends Outcome {
  /** The answer's payload as text. */
  readonly text: string
  /** Encoded `rwset.TxReadWriteSet`. */
  readonly results: Uint8Array
  readonly privateResults?: Uint8Array
  readonly trace: readonly TraceEvent[]
}

export interface Calling extends AsyncDisposable {
  readonly runtime: ContractRuntime
  /** Lines of the log. */
  readonly said: readonly string[]
  /** Names of metrics that were counted. */
  readonly counted: readonly string[]
  call(contract: string, args: readonly string[], more?: Partial<Call>): Promise<Called>
  /** Calls `run` with a list of steps, and reads the answer's list. */
  run(contract: string, steps: readonly (readonly string[])[], more?: Partial<Call>): Promise<readonly unknown[]>
}

export const everybodyMay: AccessControl = { checkChannel: () => {}, checkLocal: () => {} }

export const shortTimes = {
  executeTimeoutMs: 60_000,
  startTimeoutMs: 60_000,
  keepaliveMs: 0,
  queryLimit: 100_000,
  history: true,
  runtimeParams: {
    useWriteBatch: true,
    maxSizeWriteBatch: 1_000,
    useGetMultipleKeys: true,
    maxSizeGetMultipleKeys: 1_000,
  },
}

export function openCalling(options: CallingOptions): Calling {
  const {
    channels,
    deployed,
    system = new Map(),
    access,
    member = testOrganization('Org1MSP').member('client'),
    ...more
  } = options
  const said: string[] = []
  const counted: string[] = []
  const log = { info: (line: string) => void said.push(line), error: (line: string) => void said.push(line) }
  const metrics = { add: (name: string) => void counted.push(name) }
  const runtime = openContractRuntime({ ...shortTimes, log, metrics, ...more })
  const invoking = {
    contracts: contractsOf({ lifecycle: lifecycleOf(deployed), system, runtime }),
    channels: { get: (name: string) => channels.find((channel) => channel.name === name) },
    access: access ?? everybodyMay,
  }
  let count = 0
  const call: Calling['call'] = async (contract, args, given = {}) => {
    const channel = given.channel ?? channels[0]
    if (!channel) throw new Error('a test needs a channel')
    const txId = given.txId ?? `${++count}`.padStart(64, '0')
    const trace: TraceEvent[] = []
    const sink = { add: (event: TraceEvent) => void trace.push(event) }
    using simulator = await channel.simulate(txId, sink)
    const outcome = await invokeContract(invoking, {
      ...signedCall(member, contract, channel.name),
      channel,
      simulator,
      contract,
      txId,
      args: args.map((arg) => Buffer.from(arg)),
      trace: sink,
      ...given,
    })
    const { public: results, private: privateResults } = simulator.results()
    const text = Buffer.from(outcome.response.getPayload_asU8()).toString()
    return { ...outcome, text, results, trace, ...(privateResults ? { privateResults } : {}) }
  }
  return {
    runtime,
    said,
    counted,
    call,
    async run(contract, steps, given) {
      const { response, text } = await call(contract, ['run', JSON.stringify(steps)], given)
      if (response.getStatus() !== 200) throw new Error(response.getMessage())
      const answer: unknown = JSON.parse(text)
      return Array.isArray(answer) ? answer : []
    },
    [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
  }
}

/** A proposal around the call, and what is the same in every call of these tests. */
function signedCall(member: LocalSigner, contract: string, channel: string) {
  const signed = signedProposal(member, { channel, contract, args: [] })
  return {
    isInit: false,
    decorations: new Map(),
    signedProposal: signed,
    proposal: peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8()),
    creator: member.serialized,
    transient: new Map(),
    signal: new AbortController().signal,
  }
}
