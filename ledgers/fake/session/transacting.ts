import { PlatformError } from '@cello/model'
import type {
  ApprovalRequest,
  Cancellable,
  CommitRequest,
  CommitStatus,
  ContractDefinition,
  InvokeRequest,
  LedgerNode,
  PreparedTransaction,
} from '@cello/ports'
import { encodeEnvelope, type ReadWriteSet } from '../envelope.ts'
import { majority, type PolicyCheck, signaturePolicy } from '../policy.ts'
import type { Committed, Proposal, Simulation } from '../world/world-api.ts'
import type { SessionContext } from './context.ts'
import { isUnreachable } from './reach.ts'

export async function prepareApproval(
  context: SessionContext,
  { organization, definition, packageId }: ApprovalRequest,
  options?: Cancellable,
): Promise<PreparedTransaction | undefined> {
  const { channel } = definition
  const creator = await context.reach.actAsAdmin(organization)
  const proposal: Proposal = { kind: 'approve', definition, packageId }
  const simulation = await context.reach.first(
    channel,
    context.reach.nodes('peer', organization),
    (volume) => context.world.simulate({ volume, channel, proposal }),
    options,
  )
  if (simulation.already) return undefined
  return seal(context, { channel, creator, purpose: '_lifecycle/approve', endorsers: [organization] }, simulation)
}

export async function prepareCommit(
  context: SessionContext,
  { organization, definition }: CommitRequest,
  options?: Cancellable,
): Promise<PreparedTransaction | undefined> {
  const { channel } = definition
  const creator = await context.reach.actAsAdmin(organization)
  const { simulation, endorsers } = await endorse(
    context,
    { channel },
    (volume) => context.world.simulate({ volume, channel, proposal: { kind: 'commit', definition } }),
    options,
  )
  if (simulation.already) return undefined
  return seal(context, { channel, creator, purpose: '_lifecycle/commit', endorsers }, simulation)
}

export async function prepareInvoke(
  context: SessionContext,
  request: InvokeRequest,
  options?: Cancellable,
): Promise<PreparedTransaction & { readonly result: Uint8Array }> {
  const { channel, contract } = request
  const creator = await context.reach.actAs(request.organization, request.subject, request.certificate)
  const ask = (volume: string) => evaluate(context, volume, request, options)
  const { policy } = await context.reach.first(
    channel,
    context.reach.nodes('peer'),
    async (volume) => committed(context, volume, request),
    options,
  )
  const { simulation, endorsers } = await endorse(context, { channel, policy }, ask, options)
  const purpose = `${contract}/${request.function}`
  const transaction = seal(context, { channel, creator, purpose, endorsers }, simulation)
  return { ...transaction, result: new TextEncoder().encode(simulation.result) }
}

export async function query(
  context: SessionContext,
  request: InvokeRequest,
  options?: Cancellable,
): Promise<Uint8Array> {
  const { reach } = context
  await reach.actAs(request.organization, request.subject, request.certificate)
  const own = reach.nodes('peer', request.organization)
  const peers = [...own, ...reach.nodes('peer').filter((node) => !own.includes(node))]
  let refused: unknown
  for (const peer of peers) {
    try {
      const ask = (volume: string) => evaluate(context, volume, request, options)
      const { result } = await reach.first(request.channel, [peer], ask, options)
      return new TextEncoder().encode(result)
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'CONTRACT_ERROR') throw error
      refused ??= error
    }
  }
  throw refused ?? new PlatformError('NOT_FOUND', { noun: 'channel', id: request.channel })
}

export async function submit(
  context: SessionContext,
  { channel, txId, envelope }: PreparedTransaction,
  options?: Cancellable,
): Promise<CommitStatus> {
  const before = await findTransaction(context, channel, txId, options)
  if (before) return before
  await order(context, channel, envelope, options)
  const after = await findTransaction(context, channel, txId, options)
  if (!after) throw new PlatformError('LEDGER_BUSY', { channel, detail: `transaction ${txId} has not arrived yet` })
  return after
}

export async function findTransaction(
  { world, reach }: SessionContext,
  channel: string,
  txId: string,
  options?: Cancellable,
): Promise<CommitStatus | undefined> {
  const ask = (volume: string) => world.find({ volume, channel, txId })
  const found = await reach.first(channel, reach.nodes('peer'), ask, options)
  return found && statusOf(found)
}

/** Hands an envelope to an orderer. @throws NO_LEADER, NODE_UNREACHABLE, LEDGER_REFUSED, QUORUM_AT_RISK */
export async function order(
  { world, reach }: SessionContext,
  channel: string,
  envelope: Uint8Array,
  options?: Cancellable,
): Promise<void> {
  const orderers = reach.nodes('orderer')
  const live = await reach.live(orderers, options)
  await reach.first(channel, orderers, (volume) => world.order({ volume, channel, envelope, live }), options)
}

/** What one peer says, if its organization's instance of the contract answers. */
async function evaluate(
  { world, reach }: SessionContext,
  volume: string,
  { channel, contract, function: name, args, init = false }: InvokeRequest,
  options?: Cancellable,
): Promise<Simulation> {
  const { address } = await world.endorsement({ volume, channel, contract })
  const instance = reach.at(address)
  if (instance) await atContract(reach.volume(instance, options))
  return world.simulate({ volume, channel, proposal: { kind: 'invoke', contract, function: name, args, init } })
}

/** A peer whose contract does not answer says so, and that it may come. */
async function atContract(reached: Promise<unknown>): Promise<void> {
  try {
    await reached
  } catch (error) {
    if (!isUnreachable(error)) throw error
    const detail = 'could not launch chaincode: connection to it failed'
    throw new PlatformError('NODE_NOT_READY', { ...error.facts, detail }, { cause: error })
  }
}

async function committed(
  { world }: SessionContext,
  volume: string,
  { channel, contract }: InvokeRequest,
): Promise<ContractDefinition> {
  const [found] = await world.contracts({ volume, channel, names: [contract] })
  if (!found?.committed) {
    const detail = `no combination of peers can be derived which satisfy the endorsement policy: ${contract} is not committed`
    throw new PlatformError('NODE_NOT_READY', { node: channel, detail })
  }
  return found.committed
}

interface EndorsementRequest {
  readonly channel: string
  /** Absent: more than half of the members. */
  readonly policy?: string | undefined
}

/** Asks one peer of each organization that has one, all at once. @throws the first refusal when they are too few. */
async function endorse(
  { reach, world }: SessionContext,
  { channel, policy }: EndorsementRequest,
  ask: (volume: string, node: LedgerNode) => Promise<Simulation>,
  options?: Cancellable,
): Promise<{ readonly simulation: Simulation; readonly endorsers: readonly string[] }> {
  const readConfig = (volume: string) => world.config({ volume, channel })
  const { config } = await reach.first(channel, reach.nodes('peer'), readConfig, options)
  const answers = await Promise.allSettled(
    config.members.map(async (organization) => ({
      organization,
      simulation: await firstWilling(reach.nodes('peer', organization), (node) =>
        reach.first(channel, [node], ask, options),
      ),
    })),
  )
  const given = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const endorsers = given.map(({ organization }) => organization)
  const mspIds = (names: readonly string[]) => names.map((name) => reach.organization(name).mspId)
  const isEnough: PolicyCheck =
    policy === undefined || policy.startsWith('/') ? majority(mspIds(config.members)) : signaturePolicy(policy)
  const simulation = given[0]?.simulation
  if (simulation && isEnough(new Set(mspIds(endorsers)))) return { simulation, endorsers }
  const refusal = answers.find((answer) => answer.status === 'rejected')
  throw refusal?.reason ?? new PlatformError('LEDGER_REFUSED', { channel, detail: 'there are too few endorsers' })
}

/** The answer of the first node that gives one. */
async function firstWilling<T>(nodes: readonly LedgerNode[], ask: (node: LedgerNode) => Promise<T>): Promise<T> {
  let refused: unknown
  for (const node of nodes) {
    try {
      return await ask(node)
    } catch (error) {
      refused ??= error
    }
  }
  throw refused ?? new PlatformError('LEDGER_REFUSED', { detail: 'the organization has no peer' })
}

function seal(
  { random }: SessionContext,
  facts: { channel: string; creator: string; purpose: string; endorsers: readonly string[] },
  { reads, writes }: ReadWriteSet,
): PreparedTransaction {
  const txId = random()
  const envelope = encodeEnvelope({ type: 'transaction', txId, ...facts, reads, writes })
  return { channel: facts.channel, txId, envelope }
}

function statusOf({ txId, status, block }: Committed): CommitStatus {
  return { txId, valid: status === 'VALID', status, block }
}
