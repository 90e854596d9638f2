/** Who must endorse: every kind of policy, with enough endorsements and with too few. */
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { member } from './signers.ts'
import { endorsementBy, envelopeOf, partsOf } from './transactions.ts'
import type { World } from './world.ts'

/** Endorsed by the peers of these organizations. */
const by =
  (kind: string, contract: string, at: readonly number[]) =>
  async (world: World): Promise<Seen> => {
    world.reached.add(`policy ${kind}`)
    const { envelope } = await world.endorse({ contract, steps: [['put', 'x', '1']] }, at)
    return world.verdicts(envelope)
  }

/** Endorsed by peer 1, whose endorsement is then replaced by one of a member with another role. */
const byRole =
  (kind: string, contract: string, ...roles: readonly ('admin' | 'client' | 'peer' | 'orderer')[]) =>
  async (world: World): Promise<Seen> => {
    world.reached.add(`policy ${kind}`)
    const { made, answers } = await world.endorse({ contract, steps: [['put', 'x', '1']] }, [1])
    const parts = partsOf(made, answers)
    const signers = roles.map((role) => member(world.organization(1), { role }))
    const endorsements = await Promise.all(signers.map((signer) => endorsementBy(signer, parts.responsePayload)))
    return world.verdicts(await envelopeOf({ ...parts, endorsements }))
  }

export const policyScenarios: readonly Scenario<World>[] = [
  ['OR: the first', by('OR', 'either', [1])],
  ['OR: the second', by('OR', 'either', [2])],
  ['OR: both', by('OR', 'either', [1, 2])],
  ['AND: both', by('AND', 'both', [1, 2])],
  ['AND: in the other order', by('AND', 'both', [2, 1])],
  ['AND: one', by('AND', 'both', [1])],
  ['OutOf: enough', by('OutOf', 'out-of', [1, 2])],
  ['OutOf: too few', by('OutOf', 'out-of', [2])],
  ['nested: enough', by('nested', 'nested', [1, 2])],
  ['nested: too few', by('nested', 'nested', [2])],
  ['MAJORITY of the organizations: both', by('MAJORITY', 'kv', [1, 2])],
  ['MAJORITY of the organizations: one', by('MAJORITY', 'kv', [2])],
  ['ANY of the organizations: one', by('ANY', 'any', [2])],
  ['ALL of the organizations: both', by('ALL', 'all', [1, 2])],
  ['ALL of the organizations: one', by('ALL', 'all', [1])],
  ['a policy of the channel by name: who it names', by('channel reference', 'second', [2])],
  ['a policy of the channel by name: another', by('channel reference', 'second', [1])],
  ['a policy of the channel that there is not', by('channel reference', 'nowhere', [1, 2])],
  ['the role admin: a peer', by('role admin', 'by-admins', [1])],
  ['the role admin: an administrator', byRole('role admin', 'by-admins', 'admin')],
  ['the role client: a client', byRole('role client', 'by-clients', 'client')],
  ['the role client: an administrator', byRole('role client', 'by-clients', 'admin')],
  ['the role peer: an orderer', byRole('role peer', 'either', 'orderer')],
  ['the role peer: a peer', byRole('role peer', 'either', 'peer')],
  ['the role peer: a client and a peer', byRole('role peer', 'either', 'client', 'peer')],
]
