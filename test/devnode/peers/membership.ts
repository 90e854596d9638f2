/** Changes of the channel's config that peers obey: ACLs, policies, revocations, an organization more. Played last. */
import { X509Certificate } from 'node:crypto'
import type { Signer } from '@cello/fabric'
import * as config from '@cello/fabric/config'
import { createRevocationList } from '@cello/fabric/identity'
import { configBlockFromOrderer } from '@cello/fabric/ordering'
import { type common, peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { seek, update } from '../messages.ts'
import { mspOf } from '../organizations.ts'
import { sendEnvelope } from '../raw-clients.ts'
import { codeName } from './describe.ts'
import { commitStatus, contractEvents, evaluate } from './gateway-calls.ts'
import { filled, onChannel } from './lifecycle-calls.ts'
import { member } from './signers.ts'
import { ask } from './streams.ts'
import { askSystem } from './system.ts'
import type { Call, World } from './world.ts'

type Edit = (config: common.Config) => common.Config

/** Changes the config, signed by the administrators of both organizations and of the orderers; waits for both peers. */
async function change(world: World, edit: Edit): Promise<Seen> {
  const { ordering, orderer, organizations } = world.network
  const block = await configBlockFromOrderer(orderer.connection, ordering.ordererAdmin, world.channel)
  const signers = [ordering.ordererAdmin, organizations[0].admin, organizations[1].admin]
  const envelope = await update(block, edit, { signers, submitter: organizations[0].admin })
  const height = world.height
  const { status, info } = await sendEnvelope(orderer.connection, envelope)
  if (status !== 'SUCCESS') return { status, info }
  for (const follower of world.followers) await follower.until(() => follower.height > height, 'the config block')
  world.reached.add('config update')
  return { status, codes: world.followers[0].since(height).map(({ code }) => codeName(code)) }
}

const put: Call = { contract: 'either', steps: [['put', 'm', '1']] }

const acls = (world: World, of: Readonly<Record<string, string>>): Promise<Seen> =>
  change(world, (it) => config.setAcls(it, of))

/** Under an ACL: what the user and the administrator are told; then the ACLs are taken away. */
const under =
  (resource: string, policy: string, ask: (world: World, by: Signer) => Promise<Seen>) =>
  async (world: World): Promise<Seen> => {
    world.reached.add(`acl ${resource}`)
    const changed = await acls(world, { [resource]: policy })
    const seen = { changed, user: await ask(world, world.user), admin: await ask(world, world.organization(1).admin) }
    await acls(world, {})
    return seen
  }

/** A system contract that is asked about the channel, without what it says. */
async function system(world: World, by: Signer, contract: string, name: string): Promise<Seen> {
  const call = { channel: world.channel, by }
  const { said: _, ...seen } = await askSystem(world, [contract, name, world.channel], undefined, call)
  return seen
}

const admins = '/Channel/Application/Org1MSP/Admins'

/** A member that is revoked; always the same. */
const members = new WeakMap<World, Signer>()
function revoked(world: World): Signer {
  const known = members.get(world)
  if (known) return known
  const made = member(world.organization(1), { name: 'leaver' })
  members.set(world, made)
  return made
}

export const membershipScenarios: readonly Scenario<World>[] = [
  ['an ACL for proposals', under('peer/Propose', admins, (world, by) => world.query({ ...put, by }))],
  [
    'an ACL for chain info',
    under('qscc/GetChainInfo', admins, async (world, by) => {
      const { said: _, ...seen } = await askSystem(world, ['qscc', 'GetChainInfo', world.channel], undefined, {
        channel: world.channel,
        by,
      })
      return seen
    }),
  ],
  [
    'an ACL for filtered blocks',
    under('event/FilteredBlock', admins, async (world, by) => {
      const { answers } = await ask(
        world.peer(1).connection.client,
        peer.DeliverService.deliverFiltered,
        await seek(by, { from: 0, to: 0 }),
        { isLast: (answer) => answer.getStatus() === 200 },
      )
      return { statuses: answers.map((answer) => answer.getStatus()) }
    }),
  ],
  [
    'an ACL for the config',
    under('cscc/GetConfigBlock', admins, (world, by) => system(world, by, 'cscc', 'GetConfigBlock')),
  ],
  [
    'an ACL for readiness',
    under('_lifecycle/CheckCommitReadiness', admins, (world, by) =>
      onChannel(world, 'CheckCommitReadiness', filled(new peer.lifecycle.CheckCommitReadinessArgs(), {}), { by }),
    ),
  ],
  [
    'an ACL for the status of a transaction',
    under('gateway/CommitStatus', admins, async (world, by) => {
      const { made, envelope } = await world.endorse(put, [1])
      await world.order(envelope)
      const { block: _, ...seen } = await commitStatus(world, { transactionId: made.transactionId, by })
      return seen
    }),
  ],
  [
    'an ACL for contract events',
    under('gateway/ChaincodeEvents', admins, (world, by) => contractEvents(world, { contract: 'either', by })),
  ],
  [
    'an ACL by a policy that there is not',
    under('peer/Propose', '/Channel/Nowhere', (world, by) => world.query({ ...put, by })),
  ],
  [
    'an ACL for calls between contracts',
    under('peer/ChaincodeToChaincode', admins, (world, by) =>
      world.query({ contract: 'either', by, steps: [['call', 'other', '', 'run', '[]']] }),
    ),
  ],
  ['a member before its revocation', (world) => world.query({ ...put, by: revoked(world) })],
  [
    'a member is revoked',
    (world) => {
      const { serialNumber } = new X509Certificate(revoked(world).certificate)
      const list = createRevocationList(world.organization(1).authorities.enrolment, {
        revoked: [{ serialNumber: serialNumber.toLowerCase(), revokedAt: Date.now() }],
        number: 1,
      })
      return change(world, (it) => config.updateMsp(it, 'Org1MSP', { revocationLists: [list] }))
    },
  ],
  ['a revoked member proposes', (world) => world.simulate({ ...put, by: revoked(world) })],
  ['a revoked member asks the gateway', (world) => evaluate(world, { ...put, by: revoked(world) })],
  ['another member proposes', (world) => world.query(put)],
  [
    'a transaction of a member who is revoked before it is ordered',
    async (world) => {
      const leaver = member(world.organization(2), { name: 'second leaver' })
      const { envelope } = await world.endorse({ ...put, by: leaver }, [1])
      const { serialNumber } = new X509Certificate(leaver.certificate)
      const list = createRevocationList(world.organization(2).authorities.enrolment, {
        revoked: [{ serialNumber: serialNumber.toLowerCase(), revokedAt: Date.now() }],
        number: 1,
      })
      const changed = await change(world, (it) => config.updateMsp(it, 'Org2MSP', { revocationLists: [list] }))
      return { changed, sent: { ...(await sendEnvelope(world.network.orderer.connection, envelope)) } }
    },
  ],
  [
    'an endorsement policy of the channel is changed',
    async (world) => {
      const contract = 'any'
      const before = await world.endorse({ contract, steps: [['put', 'x', '1']] }, [1])
      const changed = await change(world, (it) =>
        config.setPolicy(it, { group: 'application' }, 'AnyEndorsement', {
          type: 'ImplicitMeta',
          rule: 'ALL Endorsement',
        }),
      )
      return { changed, before: (await world.verdicts(before.envelope)).codes }
    },
  ],
  [
    'a third organization’s member, before it is of the channel',
    (world) => world.query({ ...put, by: world.organization(3).user }),
  ],
  [
    'a third organization comes',
    (world) =>
      change(world, (it) =>
        config.addApplicationOrganization(it, { name: 'Org3MSP', msp: mspOf(world.organization(3)) }),
      ),
  ],
  ['the third organization’s member proposes', (world) => world.query({ ...put, by: world.organization(3).user })],
  [
    'the third organization’s member submits',
    (world) => world.transact({ ...put, by: world.organization(3).user }, [1]),
  ],
  ['a majority of three', (world) => world.transact({ contract: 'kv', steps: [['put', 'three', '1']] }, [1, 2])],
  ['all of three', (world) => world.transact({ contract: 'all', steps: [['put', 'three', '1']] }, [1, 2])],
  [
    'the config afterwards',
    (world) => askSystem(world, ['cscc', 'GetChannelConfig', world.channel], (payload) => payload.length > 0),
  ],
  ['an organization goes', (world) => change(world, (it) => config.removeApplicationOrganization(it, 'Org3MSP'))],
  ['a member of the organization that went', (world) => world.query({ ...put, by: world.organization(3).user })],
]
