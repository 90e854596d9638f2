/** A peer of Fabric and one of the devnode on one channel, under calls made at random: not a byte between them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '@cello/fabric/codec'
import { seededRandom } from '@cello/kit'
import type { common, peer } from '@hyperledger/fabric-protos'
import { fabricIsMissing, mixed } from './agreement/runtimes.ts'
import { hashesOf } from './peers/commit-hashes.ts'
import { deployContracts } from './peers/contracts.ts'
import { codeName } from './peers/describe.ts'
import { startPeerNetwork } from './peers/network.ts'
import { randomCall } from './peers/random-steps.ts'
import { envelopeOf, partsOf } from './peers/transactions.ts'
import { type Call, type Outcome, World } from './peers/world.ts'

const rounds = Number(process.env.CELLO_MIXED_ROUNDS ?? 40)
const seed = Number(process.env.CELLO_MIXED_SEED ?? 20_261_122)
const callsInRound = 6

/** What an endorser answers, to the byte, without who signed it. */
function told(outcome: Outcome<peer.ProposalResponse>): unknown {
  if ('failed' in outcome) return { code: outcome.failed.code, details: outcome.failed.details }
  const { answer } = outcome
  return {
    response: answer.getResponse()?.toObject(),
    payload: toHex(answer.getPayload_asU8()),
    isEndorsed: answer.getEndorsement() !== undefined,
  }
}

/** Both peers simulate; they must say the same. @returns the envelope where they endorse */
async function simulated(world: World, call: Call, isWhole: boolean): Promise<common.Envelope | undefined> {
  const made = await world.propose(call)
  const outcomes = await Promise.all([1, 2].map((at) => world.ask(made.signed, at)))
  const [first, second] = outcomes.map(told)
  assert.deepEqual(second, first, JSON.stringify(call))
  const answers = outcomes.flatMap((outcome) =>
    'answer' in outcome && outcome.answer.getEndorsement() ? [outcome.answer] : [],
  )
  if (answers.length === 0) return undefined
  return envelopeOf(partsOf(made, isWhole ? answers : answers.slice(1)))
}

test(`${rounds * callsInRound} calls at random`, { skip: fabricIsMissing, timeout: 600_000 }, async () => {
  await using network = await startPeerNetwork(mixed)
  await using world = new World(network)
  await deployContracts(world)
  const random = seededRandom(seed)
  const counts: Record<string, number> = {}
  for (let round = 0; round < rounds; round++) {
    const envelopes: common.Envelope[] = []
    for (let index = 0; index < callsInRound; index++) {
      const envelope = await simulated(world, randomCall(random), random() > 0.1)
      if (envelope) envelopes.push(envelope)
      if (envelope && random() < 0.05) envelopes.push(envelope)
    }
    const { height } = world
    await world.order(...envelopes)
    const [first, second] = world.followers.map((follower) => follower.since(height).map(({ code }) => codeName(code)))
    assert.deepEqual(second, first, `round ${round}`)
    for (const code of first ?? []) counts[code] = (counts[code] ?? 0) + 1
    assert.deepEqual(hashesOf(world.followers[1]), hashesOf(world.followers[0]), `round ${round}`)
  }
  for (const code of [
    'VALID',
    'MVCC_READ_CONFLICT',
    'PHANTOM_READ_CONFLICT',
    'ENDORSEMENT_POLICY_FAILURE',
    'DUPLICATE_TXID',
  ])
    assert.ok(counts[code], `no ${code} among ${JSON.stringify(counts)}`)
})
