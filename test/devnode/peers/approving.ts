/** Definitions that an organization approves: good ones, and those that its peer refuses to endorse. */
import { utf8 } from '@cello/fabric/codec'
import { peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { type Collection, collections, membersOfFirst } from './collections.ts'
import { approval, definitionOf, filled, lifecycleTransaction, onChannel, type Wanted } from './lifecycle-calls.ts'
import type { SystemCall } from './system.ts'
import type { World } from './world.ts'

const protos = peer.lifecycle

const approve = 'ApproveChaincodeDefinitionForMyOrg'

/** Asks the first peer to endorse an approval of this. */
const asked =
  (wanted: Wanted, packageId?: string, call: (world: World) => SystemCall = () => ({})) =>
  (world: World): Promise<Seen> =>
    onChannel(world, approve, approval(wanted, packageId), call(world))

const approved =
  (wanted: Wanted, org: 1 | 2 = 1) =>
  (world: World): Promise<Seen> =>
    lifecycleTransaction(world, approve, approval(wanted), { at: [org], org })

const readiness = (wanted: Wanted) => (world: World) =>
  onChannel(world, 'CheckCommitReadiness', filled(new protos.CheckCommitReadinessArgs(), wanted), (payload) => {
    const answer = protos.CheckCommitReadinessResult.deserializeBinary(payload)
    const mismatches = answer
      .getMismatchesMap()
      .getEntryList()
      .map(([org]) => [org, answer.getMismatchesMap().get(org)?.getItemsList()])
    return { approvals: Object.fromEntries(answer.getApprovalsMap().getEntryList()), mismatches }
  })

const approvalOf = (name: string, sequence: number) => (world: World) => {
  const message = new protos.QueryApprovedChaincodeDefinitionArgs()
  message.setName(name)
  message.setSequence(sequence)
  return onChannel(world, 'QueryApprovedChaincodeDefinition', message, (payload) => {
    const answer = protos.QueryApprovedChaincodeDefinitionResult.deserializeBinary(payload)
    return { ...definitionOf(answer), source: answer.getSource()?.toObject() }
  })
}

const approvals = (world: World) =>
  onChannel(world, 'QueryApprovedChaincodeDefinitions', new protos.QueryApprovedChaincodeDefinitionsArgs(), (payload) =>
    protos.QueryApprovedChaincodeDefinitionsResult.deserializeBinary(payload)
      .getApprovedChaincodeDefinitionsList()
      .map((one) => `${one.getName()} ${one.getSequence()}`)
      .filter((name) => /^(kv|lc|hidden) /.test(name))
      .sort(),
  )

const mine = (more: Collection) => ({ collections: collections(more) })
const members = membersOfFirst

export const approvingScenarios: readonly Scenario<World>[] = [
  ['readiness before any approval', readiness({})],
  ['an approval', approved({})],
  ['the same approval again', asked({})],
  ['an approval of another version under the same sequence', approved({ version: '1.1' })],
  ['an approval of sequence 2 before 1 is committed', asked({ sequence: 2 })],
  ['an approval of sequence 0', asked({ sequence: 0 })],
  ['an approval of sequence −1', asked({ sequence: -1 })],
  ['an approval of a committed definition, the same', asked({ name: 'kv' }, undefined)],
  ['an approval of a committed sequence, otherwise', asked({ name: 'kv', version: '2.0' })],
  ['an approval far ahead', asked({ name: 'kv', sequence: 7 })],
  ['an approval with a package that is not there', asked({ name: 'lc2' }, 'nothing:0000')],
  ['an approval with an empty package id', asked({ name: 'lc2' }, '')],
  ['an approval by a member', asked({}, undefined, (world) => ({ by: world.user }))],
  ['an approval by another organization', asked({}, undefined, (world) => ({ by: world.organization(2).admin }))],
  ['an approval without a channel', asked({}, undefined, () => ({ channel: '' }))],
  ['an approval of rubbish', (world) => onChannel(world, approve, { serializeBinary: () => utf8('rubbish!') })],
  ['an approval of nothing', (world) => onChannel(world, approve, new protos.ApproveChaincodeDefinitionForMyOrgArgs())],
  ['a name with a slash', asked({ name: 'no/name' })],
  ['a name that begins with a dash', asked({ name: '-name' })],
  ['an empty name', asked({ name: '' })],
  ['the name of a system contract', asked({ name: 'qscc' })],
  ['the name of the lifecycle', asked({ name: '_lifecycle' })],
  ['a version with a space', asked({ version: '1 0' })],
  ['an empty version', asked({ version: '' })],
  ['an unknown plugin for endorsing', asked({ name: 'lc2', endorsementPlugin: 'mine' })],
  ['a policy that is rubbish', asked({ name: 'lc2', policy: utf8('rubbish!') })],
  ['a policy of the channel that there is not', asked({ name: 'lc2', policy: { channelConfig: '/Channel/Nowhere' } })],
  ['a policy of nobody', asked({ name: 'lc2', policy: { signature: "OR('NobodyMSP.peer')" } })],
  ['a collection', asked({ name: 'lc2', ...mine({ name: 'mine', members }) })],
  [
    'a collection twice',
    asked({ name: 'lc2', collections: collections({ name: 'mine', members }, { name: 'mine', members }) }),
  ],
  ['a collection with a bad name', asked({ name: 'lc2', ...mine({ name: '_mine', members }) })],
  ['a collection without members', asked({ name: 'lc2', ...mine({ name: 'mine' }) })],
  ['a collection without a config', asked({ name: 'lc2', ...mine({ name: 'mine', withoutConfig: true }) })],
  [
    'a collection that asks for more peers than it may',
    asked({ name: 'lc2', ...mine({ name: 'mine', members, required: 2, maximum: 1 }) }),
  ],
  [
    'a collection that asks for less than no peers',
    asked({ name: 'lc2', ...mine({ name: 'mine', members, required: -1 }) }),
  ],
  [
    'a collection whose members all must sign',
    asked({ name: 'lc2', ...mine({ name: 'mine', members: "AND('Org1MSP.member', 'Org2MSP.member')" }) }),
  ],
  [
    'a collection of an organization that is not there',
    asked({ name: 'lc2', ...mine({ name: 'mine', members: "OR('Org9MSP.member')" }) }),
  ],
  ['readiness after one approval', readiness({ version: '1.1' })],
  ['readiness of another version', readiness({ version: '1.0' })],
  [
    'readiness of another policy and initialization',
    readiness({ version: '1.1', initRequired: true, policy: { signature: "OR('Org1MSP.peer')" } }),
  ],
  [
    'readiness of other collections and plugins',
    readiness({ version: '1.1', validationPlugin: 'mine', ...mine({ name: 'mine', members }) }),
  ],
  ['readiness of a far sequence', readiness({ sequence: 4 })],
  ['readiness of a committed sequence', readiness({ name: 'kv' })],
  ['readiness of a bad name', readiness({ name: 'no/name' })],
  ['what is approved', approvalOf('lc', 0)],
  ['what is approved, by sequence', approvalOf('lc', 1)],
  ['what is approved of a committed contract', approvalOf('kv', 1)],
  ['what is approved, by an unknown sequence', approvalOf('lc', 5)],
  ['what is approved of an unknown contract', approvalOf('nothing', 0)],
  ['all that is approved', approvals],
]
