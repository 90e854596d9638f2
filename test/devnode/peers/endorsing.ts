/** Proposals: good ones, and all that an endorser refuses. */
import { serializedIdentity, utf8 } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { signedProposal } from './proposals.ts'
import { expired, impostor, member, stranger } from './signers.ts'
import type { Call, World } from './world.ts'

const good: Call = { contract: 'kv', steps: [['put', 'endorsed', '1']] }
const dayMs = 24 * 3_600_000

/** A good proposal with something changed. */
const bent =
  (change: (world: World) => Partial<Call>) =>
  (world: World): Promise<Seen> =>
    world.simulate({ ...good, ...change(world) })

const raw = async (world: World, signed: peer.SignedProposal): Promise<Seen> => world.seenOf(await world.ask(signed))

async function rubbish(world: World, bend: (proposal: peer.Proposal) => void): Promise<Seen> {
  const made = await world.propose(good)
  const proposal = peer.Proposal.deserializeBinary(made.proposal)
  bend(proposal)
  return raw(world, await signedProposal(proposal.serializeBinary(), world.user))
}

export const endorsingScenarios: readonly Scenario<World>[] = [
  ['a good proposal', (world) => world.simulate(good)],
  ['a good proposal at the other organization', (world) => world.simulate(good, 2)],
  ['a proposal by an administrator', bent((world) => ({ by: world.organization(1).admin }))],
  ['a proposal by the other organization', bent((world) => ({ by: world.organization(2).user }))],
  ['a proposal of type CONFIG', bent(() => ({ type: common.HeaderType.CONFIG }))],
  [
    'results and transient data',
    (world) =>
      world.simulate({ contract: 'kv', transient: { secret: 's', other: 'o' }, steps: [['transient'], ['facts']] }),
  ],
  ['a signature by another', bent((world) => ({ by: impostor(world.user, world.organization(1).admin) }))],
  [
    'an empty signature',
    async (world) => {
      const { signed } = await world.propose(good)
      signed.setSignature(new Uint8Array())
      return raw(world, signed)
    },
  ],
  ['an empty request', (world) => raw(world, new peer.SignedProposal())],
  ['a request that is no proposal', async (world) => raw(world, await signedProposal(utf8('rubbish!'), world.user))],
  ['a proposal without a header', (world) => rubbish(world, (it) => it.setHeader(new Uint8Array()))],
  ['a proposal whose header is rubbish', (world) => rubbish(world, (it) => it.setHeader(utf8('rubbish!')))],
  ['a proposal without a payload', (world) => rubbish(world, (it) => it.setPayload(new Uint8Array()))],
  ['a proposal whose payload is rubbish', (world) => rubbish(world, (it) => it.setPayload(utf8('rubbish!')))],
  ['a proposal that names no contract in its header', bent(() => ({ withoutExtension: true }))],
  ['a proposal with an empty contract name', bent(() => ({ headerContract: '' }))],
  ['a proposal without a specification', bent(() => ({ withoutSpec: true }))],
  ['a proposal without an input', bent(() => ({ withoutInput: true }))],
  ['an unknown channel', bent(() => ({ channel: 'nowhere' }))],
  ['an unknown contract', bent(() => ({ contract: 'nothing' }))],
  ['a contract without a channel', bent(() => ({ channel: '' }))],
  ['a message type', bent(() => ({ type: common.HeaderType.MESSAGE }))],
  ['an epoch', bent(() => ({ epoch: 3 }))],
  ['no nonce', bent(() => ({ nonce: new Uint8Array() }))],
  ['no creator', bent(() => ({ creator: new Uint8Array() }))],
  ['a creator that is rubbish', bent(() => ({ creator: utf8('rubbish!') }))],
  [
    'a creator without a certificate',
    bent(() => ({ creator: serializedIdentity({ mspId: 'Org1MSP', certificate: 'none' }) })),
  ],
  ['a wrong transaction id', bent(() => ({ transactionId: 'a'.repeat(64) }))],
  ['no transaction id', bent(() => ({ transactionId: '' }))],
  ['an organization that the channel does not know', bent((world) => ({ by: world.organization(3).user }))],
  ['a stranger under a known name', bent(() => ({ by: stranger('Org1MSP') }))],
  ['an expired certificate', bent((world) => ({ by: expired(world.organization(1)) }))],
  ['a proposal of yesterday', bent(() => ({ timestamp: new Date(Date.now() - dayMs) }))],
  ['a proposal of tomorrow', bent(() => ({ timestamp: new Date(Date.now() + dayMs) }))],
  [
    'a peer that may not write',
    bent((world) => {
      world.reached.add('acl peer/Propose')
      return { by: world.organization(1).peer }
    }),
  ],
  [
    'a member without a role of the organization',
    bent((world) => ({ by: member(world.organization(1), { role: 'orderer' }) })),
  ],
  ['no arguments', bent(() => ({ args: [] }))],
  ['an unknown function', bent(() => ({ args: ['dance'] }))],
  [
    'an answer of status 201',
    bent(() => ({
      steps: [
        ['put', 'x', '1'],
        ['answer', '201', 'made', 'payload'],
      ],
    })),
  ],
  [
    'an answer of status 399',
    bent(() => ({
      steps: [
        ['put', 'x', '1'],
        ['answer', '399', 'nearly', 'payload'],
      ],
    })),
  ],
  [
    'an answer of status 400',
    bent(() => ({
      steps: [
        ['put', 'x', '1'],
        ['answer', '400', 'no', 'payload'],
      ],
    })),
  ],
  ['an answer of status 404', bent(() => ({ steps: [['answer', '404', 'not found', '']] }))],
  [
    'an answer of status 500',
    bent(() => ({
      steps: [
        ['put', 'x', '1'],
        ['answer', '500', 'failed', 'payload'],
      ],
    })),
  ],
  ['an answer of status 0', bent(() => ({ steps: [['answer', '0', '', '']] }))],
  ['an error in the contract', bent(() => ({ steps: [['throw', 'out of tea']] }))],
  ['a contract that throws', bent(() => ({ args: ['throw'] }))],
  ['a contract that never answers', bent(() => ({ steps: [['hang']] }))],
  ['a contract that cannot be reached', bent(() => ({ contract: 'silent' }))],
  ['a contract that is not installed here', (world) => world.simulate({ ...good, contract: 'alone' }, 2)],
  [
    'the id of a transaction that is committed',
    async (world) => {
      const { made, envelope } = await world.endorse(good)
      await world.order(envelope)
      return raw(world, made.signed)
    },
  ],
]
