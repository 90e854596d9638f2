/** Endorses proposals: `ProcessProposal` of core/endorser/endorser.go. */
import type { peer } from '@hyperledger/fabric-protos'
import type { AccessControl } from '../access/access.ts'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import { type Contracts, ReturnedFailure } from '../contracts/contract.ts'
import { type Call, type InvokingOptions, invokeContract } from '../contracts/invoke-contract.ts'
import { wordsOf, wrapped } from '../contracts/words.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import { lifecycleNamespace } from '../lifecycle/state-views.ts'
import type { Memberships } from '../msp/identity.ts'
import type { LocalSigner } from '../msp/local-msp.ts'
import type { Membership } from '../msp/membership.ts'
import type { Log } from '../operations/log.ts'
import type { Simulator } from '../simulation/simulator.ts'
import type { Traces } from '../trace/trace.ts'
import { traceContractName } from '../trace/trace-contract.ts'
import { checkProposal } from './check-proposal.ts'
import { contractInterest } from './contract-interest.ts'
import { type Endorser, ProposalFiltered, ProposalRefused } from './endorser.ts'
import { type KeepingOptions, keepPrivate } from './keep-private.ts'
import { filterProposal, type ProposalFilters } from './proposal-filters.ts'
import { failedResponse, failureStatus, proposalResponse, type Simulated } from './proposal-response.ts'
import { type UnpackedProposal, unpackProposal } from './unpack-proposal.ts'

export interface EndorserOptions {
  readonly channels: Pick<PeerChannels, 'get'>
  readonly contracts: Contracts
  readonly access: AccessControl
  readonly lifecycle: Pick<Lifecycle, 'definition'>
  readonly signer: LocalSigner
  /** The peer's own organization: whose members may ask for what concerns no channel. */
  readonly localMsp: Membership
  readonly filters: ProposalFilters
  /** How the organization's other peers get private data. */
  readonly privateExchange?: KeepingOptions['privateExchange']
  readonly traces: Traces
  readonly metrics: { add(name: string, labels: Readonly<Record<string, string>>): void }
  readonly log: Pick<Log, 'info'>
}

export function endorserOf(options: EndorserOptions): Endorser {
  const { channels, metrics, log, localMsp } = options
  const local: Memberships = new Map([[localMsp.mspId, localMsp]])
  return {
    async process(signed, signal) {
      metrics.add('endorser_proposals_received', {})
      refusing(() => filterProposal(signed, options.filters, Date.now()), ProposalFiltered)
      const unpacked = refusing(() =>
        counted(options, 'endorser_proposal_validation_failures', {}, () => unpackProposal(signed)),
      )
      const channel = unpacked.channel === '' ? undefined : channels.get(unpacked.channel)
      if (!channel && unpacked.channel !== '') return failedResponse(`channel '${unpacked.channel}' not found`)
      refusing(() => checkBefore(options, unpacked, { channel, memberships: channel?.config.memberships ?? local }))
      try {
        const response = await endorse(options, unpacked, channel, signal)
        if (response.hasEndorsement() || !channel) metrics.add('endorser_successful_proposals', {})
        return response
      } catch (error) {
        const message = wordsOf(error)
        log.info('a proposal failed', { channel: unpacked.channel, contract: unpacked.contract, reason: message })
        return failedResponse(message)
      }
    },
  }
}

function refusing<T>(act: () => T, Refused: typeof ProposalRefused = ProposalRefused): T {
  try {
    return act()
  } catch (error) {
    throw new Refused(wordsOf(error), { cause: error })
  }
}

type Labels = Readonly<Record<string, string>>

/** Counts a failure under a metric's name. */
function counted<T>({ metrics }: EndorserOptions, name: string, labels: Labels, act: () => T): T {
  try {
    return act()
  } catch (error) {
    metrics.add(name, labels)
    throw error
  }
}

const labelsOf = ({ channel, contract }: UnpackedProposal): Labels => ({ channel, chaincode: contract })

interface Place {
  readonly channel: PeerChannel | undefined
  readonly memberships: Memberships
}

/** Form, signature, uniqueness, and the right to propose. */
function checkBefore(options: EndorserOptions, unpacked: UnpackedProposal, { channel, memberships }: Place): void {
  const { contracts, access } = options
  counted(options, 'endorser_proposal_validation_failures', {}, () => {
    try {
      checkProposal(unpacked, memberships)
    } catch (error) {
      throw wrapped('error validating proposal', error)
    }
  })
  if (!channel) return
  const { txId, creator, signed, contract } = unpacked
  counted(options, 'endorser_duplicate_transaction_failures', labelsOf(unpacked), () => {
    if (!channel.state.transaction(txId)) return
    throw new Error(`duplicate transaction found [${txId}]. Creator [${Buffer.from(creator).toString('hex')}]`)
  })
  // The peer's own contracts check access themselves.
  if (contracts.isSystem(contract)) return
  counted(options, 'endorser_proposal_acl_failures', labelsOf(unpacked), () => {
    const signature = signed.getSignature_asU8()
    access.checkChannel(channel, 'peer/Propose', { data: signed.getProposalBytes_asU8(), identity: creator, signature })
  })
}

/** These answer from blocks and config, and read no state. */
const unsimulated = new Set(['qscc', 'cscc', traceContractName])

/**
 * Where a simulation is told of. Whoever looks after a network asks its lifecycle again and again: traces of that would stand
 * before the one that somebody looks for, and crowd it out.
 */
function traceOf(traces: Traces, channel: PeerChannel, { contract, txId, input }: UnpackedProposal) {
  const [name = ''] = input.getArgsList_asU8().map((arg) => Buffer.from(arg).toString())
  const isQuestion = contract === lifecycleNamespace && /^(?:Query|CheckCommitReadiness)/.test(name)
  return isQuestion ? undefined : traces.of(channel.name, txId)
}

async function endorse(
  options: EndorserOptions,
  unpacked: UnpackedProposal,
  channel: PeerChannel | undefined,
  signal: AbortSignal,
): Promise<peer.ProposalResponse> {
  const { contract, txId } = unpacked
  const isSimulated = channel !== undefined && !unsimulated.has(contract)
  const trace = isSimulated ? traceOf(options.traces, channel, unpacked) : undefined
  using simulator = isSimulated ? await channel.simulate(txId, trace) : undefined
  const version = await versionOf(options.contracts, unpacked, channel, simulator)
  const call: Call = {
    ...(channel ? { channel } : {}),
    ...(simulator ? { simulator } : {}),
    ...(trace ? { trace } : {}),
    contract,
    txId,
    args: unpacked.input.getArgsList_asU8(),
    isInit: unpacked.input.getIsInit(),
    decorations: new Map(),
    signedProposal: unpacked.signed,
    proposal: unpacked.proposal,
    creator: unpacked.creator,
    transient: unpacked.transient,
    signal,
  }
  const simulated = await simulate(options, call)
  const { hash: proposalHash } = unpacked
  const answer = { proposalHash, channel: unpacked.channel, contract, version, signer: options.signer }
  const response = proposalResponse(simulated, answer)
  const status = simulated.response.getStatus()
  if (channel && status >= failureStatus && status < 500) {
    options.metrics.add('endorser_endorsement_failures', { ...labelsOf(unpacked), chaincodeerror: 'true' })
  }
  return response
}

async function versionOf(
  contracts: Contracts,
  { contract, channel: name }: UnpackedProposal,
  channel: PeerChannel | undefined,
  simulator: Simulator | undefined,
): Promise<string> {
  try {
    return (await contracts.find(channel, contract, simulator)).version
  } catch (error) {
    const words = `make sure the chaincode ${contract} has been successfully defined on channel ${name} and try again`
    throw wrapped(words, error)
  }
}

/** Runs the contract and takes what it would change. */
async function simulate(options: EndorserOptions, call: Call): Promise<Simulated> {
  const { channel, simulator, contract, txId } = call
  try {
    const { response, event } = await run(options, call)
    if (!simulator || !channel) return { response, ...(event ? { event } : {}) }
    const results = simulator.results()
    simulator[Symbol.dispose]()
    if (results.private) {
      const { lifecycle, localMsp, privateExchange } = options
      await keepPrivate(
        { channel, txId, bytes: results.private },
        { lifecycle, mspId: localMsp.mspId, privateExchange },
      )
    }
    const interest = contractInterest(results, (name) => options.contracts.isSystem(name))
    return { response, results: results.public, interest, ...(event ? { event } : {}) }
  } catch (error) {
    options.metrics.add('endorser_proposal_simulation_failures', { channel: channel?.name ?? '', chaincode: contract })
    throw wrapped('error in simulation', error)
  }
}

async function run(options: InvokingOptions, call: Call): Promise<Pick<Simulated, 'response' | 'event'>> {
  const { trace, txId, contract } = call
  const startMs = performance.now()
  const answered = (status: number, message: string) =>
    trace?.add({ kind: 'answer', status, message, ms: Math.round(performance.now() - startMs) })
  try {
    const { response, event } = await invokeContract(options, call)
    answered(response.getStatus(), response.getMessage())
    if (!event || response.getStatus() >= failureStatus) return { response }
    event.setChaincodeId(contract)
    event.setTxId(txId)
    return { response, event }
  } catch (error) {
    answered(500, wordsOf(error))
    const words =
      error instanceof ReturnedFailure ? 'transaction returned with failure' : `failed to execute transaction ${txId}`
    throw wrapped(words, error)
  }
}
