import { stableJson } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { ContractDefinition, ObservedContract } from '@cello/ports'
import type { Chain } from './chain.ts'
import type { Proposal, Simulation } from './world-api.ts'

/* The rules and texts of Fabric 3.1.5, core/chaincode/lifecycle/lifecycle.go and scc.go. */

interface Approval {
  readonly definition: ContractDefinition
  readonly packageId?: string | undefined
}

const committedKey = (name: string) => `_lifecycle/committed/${name}`
const approvedKey = (organization: string, { name, sequence }: Pick<ContractDefinition, 'name' | 'sequence'>) =>
  `_lifecycle/approved/${organization}/${name}#${sequence}`

export function committedDefinition(chain: Chain, name: string): ContractDefinition | undefined {
  const text = chain.get(committedKey(name))
  const definition: ContractDefinition | undefined = text === undefined ? undefined : JSON.parse(text)
  return definition
}

export function approvalOf(
  chain: Chain,
  organization: string,
  definition: Pick<ContractDefinition, 'name' | 'sequence'>,
): Approval | undefined {
  const text = chain.get(approvedKey(organization, definition))
  const approval: Approval | undefined = text === undefined ? undefined : JSON.parse(text)
  return approval
}

/** Contracts named, with their approvals, and those committed. */
export function observeContracts(chain: Chain, names: readonly string[]): ObservedContract[] {
  const others = chain.keysBelow(committedKey('')).filter((name) => !names.includes(name))
  return [
    ...names.map((name) => observeContract(chain, name)),
    ...others.map((name) => ({ name, committed: committedDefinition(chain, name), approvals: [] })),
  ]
}

/** Of each organization its latest approval: of the next sequence, or else of the committed one. */
function observeContract(chain: Chain, name: string): ObservedContract {
  const committed = committedDefinition(chain, name)
  const sequence = committed?.sequence ?? 0
  const approvals = chain.config.members.flatMap((organization) => {
    const approval =
      approvalOf(chain, organization, { name, sequence: sequence + 1 }) ??
      approvalOf(chain, organization, { name, sequence })
    return approval ? [{ organization, ...approval }] : []
  })
  return { name, committed, approvals }
}

/** At a peer of `organization`. @throws LEDGER_BUSY as Fabric does. */
export function simulateApproval(
  chain: Chain,
  organization: string,
  { definition, packageId }: Extract<Proposal, { kind: 'approve' }>,
): Simulation {
  const committed = committedDefinition(chain, definition.name)
  checkSequence(definition, committed?.sequence ?? 0)
  if (committed?.sequence === definition.sequence && !isSame(committed, definition)) {
    conflict(
      `attempted to redefine the current committed sequence (${definition.sequence}) for namespace ${definition.name} with different parameters`,
    )
  }
  const before = approvalOf(chain, organization, definition)
  const already = before !== undefined && isSame(before.definition, definition) && before.packageId === packageId
  const key = approvedKey(organization, definition)
  const reads = readsOf(chain, [key, committedKey(definition.name)])
  return { reads, writes: [[key, stableJson({ definition, packageId })]], result: '', already }
}

function checkSequence({ sequence }: ContractDefinition, current: number): void {
  if (sequence < 1) conflict('requested sequence is 0, but first definable sequence number is 1')
  if (sequence < current)
    conflict(`currently defined sequence ${current} is larger than requested sequence ${sequence}`)
  if (sequence > current + 1) {
    conflict(`requested sequence ${sequence} is larger than the next available sequence number ${current + 1}`)
  }
}

/** At a peer of `organization`, which agrees only to what its organization has approved. @throws LEDGER_BUSY, NODE_NOT_READY as Fabric does. */
export function simulateCommit(
  chain: Chain,
  organization: string,
  { definition }: Extract<Proposal, { kind: 'commit' }>,
): Simulation {
  const key = committedKey(definition.name)
  const committed = committedDefinition(chain, definition.name)
  const current = committed?.sequence ?? 0
  const reads = readsOf(chain, [key])
  if (committed && isSame(committed, definition)) return { reads, writes: [], result: '', already: true }
  if (definition.sequence !== current + 1) {
    conflict(`requested sequence is ${definition.sequence}, but new definition must be sequence ${current + 1}`)
  }
  const approval = approvalOf(chain, organization, definition)
  if (!approval || !isSame(approval.definition, definition)) {
    // A peer says so too when it has not seen its organization's approval yet.
    const detail = `chaincode definition not agreed to by this org (${organization})`
    throw new PlatformError('NODE_NOT_READY', { node: organization, detail })
  }
  return { reads, writes: [[key, stableJson(definition)]], result: '', already: false }
}

/**
 * What a definition with `initRequired` asks for: the first call of each version is the init call, and there is no second.
 * Texts of core/chaincode/chaincode_support.go. @throws CONTRACT_ERROR
 */
export function withInit(
  chain: Chain,
  { contract, init }: Extract<Proposal, { kind: 'invoke' }>,
  simulation: Simulation,
): Simulation {
  const definition = committedDefinition(chain, contract)
  if (!definition?.initRequired) return simulation
  const key = `_initialized/${contract}`
  const isDone = chain.get(key) === definition.version
  if (init && isDone) fail(`chaincode '${contract}' is already initialized but called as init`)
  if (!init && !isDone) {
    fail(`chaincode '${contract}' has not been initialized for this version, must call as init first`)
  }
  if (!init) return simulation
  return {
    ...simulation,
    reads: [...simulation.reads, ...readsOf(chain, [key])],
    writes: [...simulation.writes, [key, definition.version]],
  }
}

function fail(detail: string): never {
  throw new PlatformError('CONTRACT_ERROR', { detail })
}

function readsOf(chain: Chain, keys: readonly string[]): Simulation['reads'] {
  return keys.map((key) => [key, chain.versionOf(key)])
}

function isSame(a: ContractDefinition, b: ContractDefinition): boolean {
  return stableJson(a) === stableJson(b)
}

/** Made for a state that is not the present one: whoever looks again knows the right one. */
function conflict(detail: string): never {
  throw new PlatformError('LEDGER_BUSY', { detail })
}
