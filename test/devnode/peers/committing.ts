/** Definitions that a channel commits. */
import { serializedIdentity } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { anonymityPolicy, collections, identityPolicy, membersOfFirst, unitPolicy } from './collections.ts'
import { approval, definitionOf, filled, lifecycleTransaction, onChannel, type Wanted } from './lifecycle-calls.ts'
import { member } from './signers.ts'
import type { SystemCall } from './system.ts'
import { endorsementBy, envelopeOf, partsOf } from './transactions.ts'
import type { World } from './world.ts'

const protos = peer.lifecycle

const commit = 'CommitChaincodeDefinition'
const message = (wanted: Wanted) => filled(new protos.CommitChaincodeDefinitionArgs(), wanted)

const asked =
  (wanted: Wanted, call: (world: World) => SystemCall = () => ({})) =>
  (world: World): Promise<Seen> =>
    onChannel(world, commit, message(wanted), call(world))

/** These organizations approve it, with a package or without. */
export async function approve(
  world: World,
  wanted: Wanted,
  orgs: readonly (1 | 2)[],
  packageId?: string,
): Promise<void> {
  const name = 'ApproveChaincodeDefinitionForMyOrg'
  for (const org of orgs) await lifecycleTransaction(world, name, approval(wanted, packageId), { at: [org], org })
}

/** Both organizations approve it, and it is committed. @returns the verdict */
export async function define(world: World, wanted: Wanted, packageId?: string): Promise<unknown> {
  await approve(world, wanted, [1, 2], packageId)
  const { codes } = await lifecycleTransaction(world, commit, message(wanted), { at: [1, 2] })
  return codes
}

/** Approves and commits. */
const whole =
  (wanted: Wanted) =>
  async (world: World): Promise<Seen> => {
    await approve(world, wanted, [1, 2])
    return lifecycleTransaction(world, commit, message(wanted), { at: [1, 2] })
  }

const definition = (name: string) => (world: World) => {
  const query = new protos.QueryChaincodeDefinitionArgs()
  query.setName(name)
  return onChannel(world, 'QueryChaincodeDefinition', query, (payload) => {
    const answer = protos.QueryChaincodeDefinitionResult.deserializeBinary(payload)
    return { ...definitionOf(answer), approvals: Object.fromEntries(answer.getApprovalsMap().getEntryList()) }
  })
}

const definitions =
  (call: (world: World) => SystemCall = () => ({})) =>
  (world: World) =>
    onChannel(world, 'QueryChaincodeDefinitions', new protos.QueryChaincodeDefinitionsArgs(), {
      decode: (payload) =>
        protos.QueryChaincodeDefinitionsResult.deserializeBinary(payload)
          .getChaincodeDefinitionsList()
          .filter((one) => /^(kv|dc|hidden)$/.test(one.getName()))
          .map((one) => ({ name: one.getName(), ...definitionOf(one) }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      ...call(world),
    })

/** A definition with a policy that has no text form, then a call endorsed by one member. */
const underPolicy =
  (name: string, kind: string, policy: (world: World) => Uint8Array, unit: string) =>
  async (world: World): Promise<Seen> => {
    world.reached.add(`policy ${kind}`)
    const packageId = world.packageOf('steps')
    const wanted = { name, policy: policy(world) }
    await approve(world, wanted, [1, 2], packageId)
    const committed = await lifecycleTransaction(world, commit, message(wanted), { at: [1, 2] })
    const { made, answers } = await world.endorse({ contract: name, steps: [['put', 'x', '1']] }, [1])
    const parts = partsOf(made, answers)
    const signers = [member(world.organization(1), { role: 'peer', units: [unit] }), world.organization(1).peer]
    const codes: unknown[] = []
    for (const signer of signers) {
      const again = await world.endorse({ contract: name, steps: [['put', 'x', '1']] }, [1])
      const own = partsOf(again.made, again.answers)
      const endorsements = [await endorsementBy(signer, own.responsePayload)]
      codes.push((await world.verdicts(await envelopeOf({ ...own, endorsements }))).codes)
    }
    return {
      committed: committed.codes,
      byPeer: (await world.verdicts(await envelopeOf(parts))).codes,
      bySigners: codes,
    }
  }

const next = (more: Wanted): Wanted => ({ name: 'dc', sequence: 2, version: '2.0', ...more })
const mine = { collections: collections({ name: 'mine', members: membersOfFirst, blocksToLive: 5 }) }

export const committingScenarios: readonly Scenario<World>[] = [
  ['a commit without any approval', asked({ name: 'dc' })],
  ['a commit of sequence 0', asked({ name: 'dc', sequence: 0 })],
  ['a commit of a bad name', asked({ name: 'no/name' })],
  [
    'a commit with one approval of two',
    async (world) => {
      await approve(world, { name: 'dc' }, [1])
      const first = await lifecycleTransaction(world, commit, message({ name: 'dc' }), { at: [1] })
      return { first, second: await asked({ name: 'dc' }, (of) => ({ at: 2, by: of.organization(2).admin }))(world) }
    },
  ],
  ['a commit that is not what was approved', asked({ name: 'dc', version: '9' })],
  [
    'a commit',
    async (world) => {
      await approve(world, { name: 'dc', ...mine }, [1, 2])
      return lifecycleTransaction(world, commit, message({ name: 'dc', ...mine }), { at: [1, 2] })
    },
  ],
  ['the same commit again', asked({ name: 'dc', ...mine })],
  ['a commit far ahead', asked({ name: 'dc', sequence: 5 })],
  [
    'a commit by a member',
    async (world) => {
      await approve(world, next(mine), [1, 2])
      return asked(next(mine), (of) => ({ by: of.user }))(world)
    },
  ],
  ['a commit by a peer', asked(next(mine), (world) => ({ by: world.organization(1).peer }))],
  [
    'a commit of the next sequence',
    (world) => lifecycleTransaction(world, commit, message(next(mine)), { at: [1, 2] }),
  ],
  [
    'two commits at once',
    async (world) => {
      const wanted = next({ sequence: 3, version: '3.0', ...mine })
      await approve(world, wanted, [1, 2])
      const call = {
        contract: '_lifecycle',
        by: world.organization(1).admin,
        args: [commit, message(wanted).serializeBinary()],
      }
      const both = [await world.endorse(call), await world.endorse(call)]
      return world.verdicts(...both.map(({ envelope }) => envelope))
    },
  ],
  ['a collection less', asked(next({ sequence: 4, collections: collections() }))],
  [
    'a collection less is approved',
    (world) => onChannel(world, 'ApproveChaincodeDefinitionForMyOrg', approval(next({ sequence: 4 }))),
  ],
  [
    'another time to live',
    (world) =>
      onChannel(
        world,
        'ApproveChaincodeDefinitionForMyOrg',
        approval(next({ sequence: 4, collections: collections({ name: 'mine', members: membersOfFirst }) })),
      ),
  ],
  ['a definition', definition('dc')],
  ['a definition with collections', definition('hidden')],
  ['a definition with a signature policy', definition('out-of')],
  ['an unknown definition', definition('nothing')],
  ['all definitions', definitions()],
  ['all definitions, for a peer', definitions((world) => ({ by: world.organization(1).peer }))],
  ['a commit of an unknown plugin', whole({ name: 'plugged', validationPlugin: 'mine' })],
  [
    'a policy of an organizational unit',
    underPolicy('by-unit', 'principal organizational unit', () => unitPolicy('Org1MSP', 'arts'), 'arts'),
  ],
  [
    'a policy of an identity',
    underPolicy(
      'by-identity',
      'principal identity',
      (world) => identityPolicy(serializedIdentity(world.organization(1).peer)),
      'arts',
    ),
  ],
  ['a policy of the anonymous', underPolicy('by-nobody', 'principal anonymity', anonymityPolicy, 'arts')],
]
