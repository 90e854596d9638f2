/** The gateway service with good input and bad. */
import { utf8 } from '@cello/fabric/codec'
import { commitOf, openGateway } from '@cello/fabric/gateway'
import { type common, gateway, orderer, peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import {
  at,
  commitStatus,
  contractEvents,
  describeEndorsed,
  endorse,
  endorsing,
  evaluate,
  evaluated,
  preparedEnvelope,
  statusOf,
  submit,
} from './gateway-calls.ts'
import { expired, impostor, stranger } from './signers.ts'
import { takenUp } from './streams.ts'
import type { Call, World } from './world.ts'

const put: Call = { contract: 'kv', steps: [['put', 'g', '1']] }
const get: Call = { contract: 'kv', steps: [['get', 'g']] }
const event: Call = { contract: 'either', steps: [['event', 'made', 'payload']] }

const evaluating = (call: Call, options?: Parameters<typeof evaluate>[2]) => (world: World) =>
  evaluate(world, call, options)
const collected = (call: Call, options?: Parameters<typeof endorsing>[2]) => (world: World) =>
  endorsing(world, call, options)

/** Endorsed by the gateway; then something is done with the envelope. */
const prepared =
  (then: (world: World, envelope: common.Envelope, transactionId: string) => Promise<Seen>, call: Call = put) =>
  async (world: World): Promise<Seen> => {
    const ready = await endorse(world, call)
    return then(world, await preparedEnvelope(ready), ready.made.transactionId)
  }

/** Submits, and waits until both peers have it. */
async function submitted(world: World, envelope: common.Envelope, transactionId: string): Promise<Seen> {
  const height = world.height
  const seen = await submit(world, envelope, { transactionId })
  for (const follower of world.followers)
    await follower.until(() => follower.since(height).length > 0, 'it is committed')
  return seen
}

export const evaluateScenarios: readonly Scenario<World>[] = [
  ['evaluate', evaluating(get)],
  ['evaluate what writes', evaluating(put)],
  ['evaluate an answer of status 201', evaluating({ contract: 'kv', steps: [['answer', '201', 'made', 'x']] })],
  ['evaluate a refusal', evaluating({ contract: 'kv', steps: [['answer', '404', 'not here', 'x']] })],
  ['evaluate an error', evaluating({ contract: 'kv', steps: [['throw', 'out of tea']] })],
  ['evaluate at another organization', evaluating(get, { organizations: ['Org2MSP'] })],
  ['evaluate at an unknown organization', evaluating(get, { organizations: ['Org7MSP'] })],
  ['evaluate an unknown contract', evaluating({ ...get, contract: 'nothing' })],
  ['evaluate on an unknown channel', evaluating({ ...get, channel: 'nowhere' })],
  ['evaluate without a channel', evaluating({ ...get, channel: '' })],
  ['evaluate without a specification', evaluating({ ...get, withoutSpec: true })],
  ['evaluate with transient data', evaluating({ contract: 'kv', transient: { a: '1' }, steps: [['transient']] })],
  ['evaluate a system contract', evaluating({ contract: 'qscc', args: ['GetBlockByNumber', 'orders', '777777'] })],
  [
    'evaluate what is installed elsewhere',
    (world) => evaluate(world, { contract: 'alone', steps: [['get', 'g']] }, { at: 2 }),
  ],
  ['evaluate for a stranger', (world) => evaluate(world, { ...get, by: stranger('Org1MSP') })],
  [
    'evaluate for one whose certificate has expired',
    (world) => evaluate(world, { ...get, by: expired(world.organization(1)) }),
  ],
  ['evaluate nothing', (world) => evaluated(world, new gateway.EvaluateRequest())],
  [
    'evaluate rubbish',
    (world) => {
      const request = new gateway.EvaluateRequest()
      const signed = new peer.SignedProposal()
      signed.setProposalBytes(utf8('rubbish!'))
      request.setProposedTransaction(signed)
      return evaluated(world, request)
    },
  ],
]

export const endorseScenarios: readonly Scenario<World>[] = [
  ['endorse', collected(put)],
  ['endorse where one suffices', collected({ ...put, contract: 'either' })],
  [
    'endorse where one suffices, at the other peer',
    (world) => endorsing(world, { ...put, contract: 'either', by: world.organization(2).user }, { at: 2 }),
  ],
  ['endorse where both must', collected({ ...put, contract: 'both' })],
  ['endorse where another must', collected({ ...put, contract: 'second' })],
  [
    'endorse by named organizations',
    collected({ ...put, contract: 'either' }, { organizations: ['Org1MSP', 'Org2MSP'] }),
  ],
  [
    'endorse by the other organization alone',
    collected({ ...put, contract: 'either' }, { organizations: ['Org2MSP'] }),
  ],
  ['endorse by an unknown organization', collected(put, { organizations: ['Org7MSP'] })],
  ['endorse what nobody can', collected({ ...put, contract: 'by-admins' })],
  ['endorse what the policy’s name hides', collected({ ...put, contract: 'nowhere' })],
  ['endorse what runs elsewhere alone', (world) => endorsing(world, { ...put, contract: 'alone' }, { at: 2 })],
  ['endorse an unknown contract', collected({ ...put, contract: 'nothing' })],
  ['endorse on an unknown channel', collected({ ...put, channel: 'nowhere' })],
  ['endorse a refusal', collected({ contract: 'kv', steps: [['answer', '404', 'not here', 'x']] })],
  ['endorse an error', collected({ contract: 'kv', steps: [['throw', 'out of tea']] })],
  ['endorse with transient data', collected({ contract: 'kv', transient: { a: '1' }, steps: [['put', 'g', '1']] })],
  [
    'endorse private data',
    collected({ contract: 'hidden', transient: { a: '1' }, steps: [['putPrivate', 'mine', 'g', '1']] }),
  ],
  ['endorse private data of both', collected({ contract: 'hidden', steps: [['putPrivate', 'many', 'g', '1']] })],
  [
    'endorse a call of another contract',
    collected({ contract: 'either', steps: [['call', 'other', '', 'run', '[["put","k","2"]]']] }),
  ],
  ['endorse with another transaction id', collected(put, { transactionId: 'd'.repeat(64) })],
  ['endorse for a stranger', (world) => endorsing(world, { ...put, by: stranger('Org1MSP') })],
  ['endorse for a peer', (world) => endorsing(world, { ...put, by: world.organization(1).peer })],
  [
    'endorse with a signature by another',
    (world) => endorsing(world, { ...put, by: impostor(world.user, world.organization(1).admin) }),
  ],
  [
    'endorse for another organization’s member',
    (world) => endorsing(world, { ...put, by: world.organization(2).user }),
  ],
  [
    'endorse nothing',
    async (world) => {
      const made = await world.propose(put)
      made.signed.setProposalBytes(new Uint8Array())
      const request = new gateway.EndorseRequest()
      request.setChannelId(world.channel)
      const ready = await endorse(world, { ...put, withoutSpec: true })
      return describeEndorsed(world, ready)
    },
  ],
]

export const submitScenarios: readonly Scenario<World>[] = [
  ['submit', prepared(submitted)],
  [
    'submit without a signature',
    prepared((world, envelope) => {
      envelope.setSignature(new Uint8Array())
      return submit(world, envelope)
    }),
  ],
  [
    'submit with a spoiled signature',
    prepared((world, envelope) => {
      envelope.setSignature(utf8('spoiled'))
      return submit(world, envelope)
    }),
  ],
  ['submit nothing', (world) => submit(world, undefined)],
  ['submit to an unknown channel', prepared((world, envelope) => submit(world, envelope, { channel: 'nowhere' }))],
  [
    'the status of what was committed',
    prepared(async (world, envelope, transactionId) => {
      await submitted(world, envelope, transactionId)
      return commitStatus(world, { transactionId })
    }),
  ],
  [
    'the status of what will be committed',
    prepared(async (world, envelope, transactionId) => {
      const waiting = commitStatus(world, { transactionId })
      await submitted(world, envelope, transactionId)
      return waiting
    }),
  ],
  [
    'the status of what is invalid',
    async (world) => {
      const { envelope, made } = await world.endorse(put, [1])
      await world.order(envelope)
      return commitStatus(world, { transactionId: made.transactionId })
    },
  ],
  [
    'the status of a transaction for another organization',
    prepared(async (world, envelope, transactionId) => {
      await submitted(world, envelope, transactionId)
      return commitStatus(world, { transactionId, by: world.organization(2).user })
    }),
  ],
  ['the status of nothing', (world) => commitStatus(world, { transactionId: '' })],
  ['the status on no channel', (world) => commitStatus(world, { transactionId: 'x', channel: '' })],
  ['the status on an unknown channel', (world) => commitStatus(world, { transactionId: 'x', channel: 'nowhere' })],
  ['the status for nobody', (world) => commitStatus(world, { transactionId: 'x', identity: new Uint8Array() })],
  ['the status for a stranger', (world) => commitStatus(world, { transactionId: 'x', by: stranger('Org1MSP') })],
  [
    'the status with a signature by another',
    (world) => commitStatus(world, { transactionId: 'x', signer: world.organization(1).admin }),
  ],
  [
    'the status of rubbish',
    (world) => {
      const request = new gateway.SignedCommitStatusRequest()
      request.setRequest(utf8('rubbish!'))
      return statusOf(world, request)
    },
  ],
  [
    'the official client, from proposal to commit',
    async (world) => {
      const client = openGateway(world.peer(1).connection, world.user)
      const { result, commit } = await client.invoke({
        channel: world.channel,
        contract: 'kv',
        name: 'run',
        args: ['[["put","g","2"]]'],
      })
      world.reached.add('Gateway/Endorse', 'Gateway/Submit', 'Gateway/CommitStatus', 'Gateway/Evaluate')
      const again = await commitOf(world.peer(1).connection, world.user, {
        channel: world.channel,
        transactionId: commit.transactionId,
      })
      const read = await client.evaluate({
        channel: world.channel,
        contract: 'kv',
        name: 'run',
        args: ['[["get","g"]]'],
      })
      return {
        result: Buffer.from(result).toString('utf8'),
        code: commit.validationCode,
        same: again.blockNumber === commit.blockNumber,
        read: Buffer.from(read).toString('utf8'),
      }
    },
  ],
]

export const eventScenarios: readonly Scenario<World>[] = [
  [
    'events from a block on',
    async (world) => {
      await world.transact(event, [1])
      return contractEvents(world, { contract: 'either', start: at(world.base) })
    },
  ],
  [
    'events that come',
    async (world) => {
      const coming = contractEvents(world, { contract: 'either', enough: 1, silenceMs: 4_000 })
      await takenUp(world.peer(1).connection.client)
      await world.transact(event, [1])
      return coming
    },
  ],
  [
    'two events in a block',
    async (world) => {
      const both = [await world.endorse(event, [1]), await world.endorse(event, [1])]
      await world.order(...both.map(({ envelope }) => envelope))
      return contractEvents(world, { contract: 'either', start: at(world.base) })
    },
  ],
  [
    'events after a transaction',
    async (world) => {
      const both = [await world.endorse(event, [1]), await world.endorse(event, [1])]
      await world.order(...both.map(({ envelope }) => envelope))
      return contractEvents(world, {
        contract: 'either',
        start: at(world.base),
        afterTransaction: both[0]?.made.transactionId ?? '',
      })
    },
  ],
  [
    'events of invalid transactions are left out',
    async (world) => {
      const { envelope } = await world.endorse({ ...event, contract: 'both' }, [1])
      await world.order(envelope)
      return contractEvents(world, { contract: 'both', start: at(world.base) })
    },
  ],
  ['events of another contract', (world) => contractEvents(world, { contract: 'nothing', start: at(world.base) })],
  ['events from beyond the end', (world) => contractEvents(world, { contract: 'either', start: at(90_000) })],
  [
    'events from the oldest',
    (world) => {
      const oldest = new orderer.SeekPosition()
      oldest.setOldest(new orderer.SeekOldest())
      return contractEvents(world, { contract: 'either', start: oldest })
    },
  ],
  ['events on an unknown channel', (world) => contractEvents(world, { contract: 'either', channel: 'nowhere' })],
  ['events for a stranger', (world) => contractEvents(world, { contract: 'either', by: stranger('Org1MSP') })],
  [
    'events with a signature by another',
    (world) => contractEvents(world, { contract: 'either', signer: world.organization(1).admin }),
  ],
]
