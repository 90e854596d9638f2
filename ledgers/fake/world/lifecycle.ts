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
  return read<ContractDefinition>(chain, committedKey(name))
}

export function approvalOf(
  chain: Chain,
  organization: string,
  definition: Pick<ContractDefinition, 'name' | 'sequence'>,
): Approval | undefined {
  return read<Approval>(chain, approvedKey(organization, definition))
}

/** Approvals of the committed sequence and of the next, the newest first. */
export function observeContract(chain: Chain, name: string): ObservedContract {
  const committed = committedDefinition(chain, name)
  const sequence = committed?.sequence ?? 0
  const approvals = [sequence + 1, sequence].flatMap((wanted) =>
    chain.config.members.flatMap((organization) => {
      const approval = approvalOf(chain, organization, { name, sequence: wanted })
      return approval ? [{ organization, ...approval }] : []
    }),
  )
  return { name, committed, approvals }
}

/** At a peer of `organization`. @throws LEDGER_REFUSED as Fabric does. */
export function simulateApproval(
  chain: Chain,
  organization: string,
  { definition, packageId }: Extract<Proposal, { kind: 'approve' }>,
): Simulation {
  const committed = committedDefinition(chain, definition.name)
  const current = committed?.sequence ?? 0
  const wanted = definition.sequence
  if (wanted < 1) refuse('requested sequence is 0, but first definable sequence number is 1')
  if (wanted < current) refuse(`currently defined sequence ${current} is larger than requested sequence ${wanted}`)
  if (wanted > current + 1) {
    refuse(`requested sequence ${wanted} is larger than the next available sequence number ${current + 1}`)
  }
  if (committed && wanted === current && !isSame(committed, definition)) {
    refuse(
      `attempted to redefine the current committed sequence (${current}) for namespace ${definition.name} with different parameters`,
    )
  }
  const before = approvalOf(chain, organization, definition)
  const already = before !== undefined && isSame(before.definition, definition) && before.packageId === packageId
  return write(chain, approvedKey(organization, definition), { definition, packageId }, already, [
    committedKey(definition.name),
  ])
}

/** At a peer of `organization`, which agrees only to what its organization has approved. @throws LEDGER_REFUSED as Fabric does. */
export function simulateCommit(
  chain: Chain,
  organization: string,
  { definition }: Extract<Proposal, { kind: 'commit' }>,
): Simulation {
  const key = committedKey(definition.name)
  const committed = committedDefinition(chain, definition.name)
  const current = committed?.sequence ?? 0
  if (committed && isSame(committed, definition)) return write(chain, key, definition, true, [])
  if (definition.sequence !== current + 1) {
    refuse(`requested sequence is ${definition.sequence}, but new definition must be sequence ${current + 1}`)
  }
  const approval = approvalOf(chain, organization, definition)
  if (!approval || !isSame(approval.definition, definition)) {
    refuse(`chaincode definition not agreed to by this org (${organization})`)
  }
  return write(chain, key, definition, false, [])
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
    reads: [...simulation.reads, [key, chain.versionOf(key)]],
    writes: [...simulation.writes, [key, definition.version]],
  }
}

function fail(detail: string): never {
  throw new PlatformError('CONTRACT_ERROR', { detail })
}

function write(chain: Chain, key: string, value: unknown, already: boolean, alsoRead: readonly string[]): Simulation {
  return {
    reads: [key, ...alsoRead].map((read) => [read, chain.versionOf(read)] as const),
    writes: [[key, stableJson(value)]],
    result: '',
    already,
  }
}

function read<T>(chain: Chain, key: string): T | undefined {
  const text = chain.get(key)
  return text === undefined ? undefined : (JSON.parse(text) as T)
}

function isSame(a: ContractDefinition, b: ContractDefinition): boolean {
  return stableJson(a) === stableJson(b)
}

function refuse(detail: string): never {
  throw new PlatformError('LEDGER_REFUSED', { detail })
}
