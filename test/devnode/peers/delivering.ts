/** Blocks from a peer: whole, filtered, with private data. */
import type { Signer } from '@cello/fabric'
import { common, ledger, peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { headless, type SeekOptions, seek, withSignature } from '../messages.ts'
import { codeName } from './describe.ts'
import { expired, impostor, stranger } from './signers.ts'
import { ask, type StreamOptions, takenUp } from './streams.ts'
import { describeBlock } from './system.ts'
import type { World } from './world.ts'

const { deliver, deliverFiltered, deliverWithPrivateData } = peer.DeliverService
const methods = {
  'Deliver/Deliver': deliver,
  'Deliver/DeliverFiltered': deliverFiltered,
  'Deliver/DeliverWithPrivateData': deliverWithPrivateData,
}
type Method = keyof typeof methods

const statusNames = new Map<number, string>(Object.entries(common.Status).map(([name, number]) => [number, name]))

async function send(
  world: World,
  method: Method,
  request: common.Envelope,
  options: StreamOptions & { at?: number } = {},
): Promise<Seen> {
  world.reached.add(method)
  const { client } = world.peer(options.at ?? 1).connection
  const { answers, end } = await ask(client, methods[method], request, { ...options, isLast })
  return { answers: answers.map((answer) => describe(answer)), end }
}

/** After a good end the stream stays open for the next request. */
const isLast = (answer: peer.DeliverResponse): boolean => answer.getStatus() === common.Status.SUCCESS

function describe(answer: peer.DeliverResponse): unknown {
  const block = answer.getBlock()
  if (block) return describeBlock(block.serializeBinary())
  const filtered = answer.getFilteredBlock()
  if (filtered) return describeFiltered(filtered)
  const whole = answer.getBlockAndPrivateData()
  if (whole) {
    return { ...describeBlock(whole.getBlock()?.serializeBinary() ?? new Uint8Array()), privateData: privateOf(whole) }
  }
  return statusNames.get(answer.getStatus())
}

function describeFiltered(block: peer.FilteredBlock): Seen {
  return {
    channel: block.getChannelId(),
    transactions: block.getFilteredTransactionsList().map((one) => ({
      hasId: one.getTxid().length === 64,
      type: one.getType(),
      code: codeName(one.getTxValidationCode()),
      actions: one.getTransactionActions()?.toObject().chaincodeActionsList ?? null,
    })),
  }
}

function privateOf(whole: peer.BlockAndPrivateData): unknown {
  const map = whole.getPrivateDataMapMap()
  return map.getEntryList().map(([place]) => {
    const data = map.get(place) ?? new ledger.rwset.TxPvtReadWriteSet()
    return data.getNsPvtRwsetList().map((one) => ({
      namespace: one.getNamespace(),
      collections: one.getCollectionPvtRwsetList().map((inner) => ({
        name: inner.getCollectionName(),
        writes: ledger.rwset.kvrwset.KVRWSet.deserializeBinary(inner.getRwset_asU8())
          .getWritesList()
          .map((write) => [write.getKey(), Buffer.from(write.getValue_asU8()).toString('utf8')]),
      })),
    }))
  })
}

/** Asks for a range as the first organization's user. */
const asked =
  (
    method: Method,
    range: SeekOptions,
    by: (world: World) => Signer = (world) => world.user,
    options: StreamOptions = {},
  ) =>
  async (world: World): Promise<Seen> =>
    send(world, method, await seek(by(world), range), options)

/** The block of a transaction, by one of the methods. */
const after =
  (method: Method, act: (world: World) => Promise<unknown>, at = 1) =>
  async (world: World): Promise<Seen> => {
    await act(world)
    const number = world.height - 1
    const request = await seek(world.organization(at === 1 ? 1 : 2).user, { from: number, to: number })
    return send(world, method, request, { at })
  }

const put = (world: World) =>
  world.transact({
    contract: 'kv',
    steps: [
      ['put', 'x', '1'],
      ['event', 'made', 'payload'],
    ],
  })
const invalid = async (world: World) => {
  const { envelope } = await world.endorse(
    {
      contract: 'kv',
      steps: [
        ['put', 'x', '1'],
        ['event', 'made', 'payload'],
      ],
    },
    [1],
  )
  return world.order(envelope)
}
const secret = (world: World) =>
  world.transact({ contract: 'hidden', steps: [['putPrivate', 'mine', 'seen', 'secret']] }, [1])
const both = async (world: World) => {
  const { envelope } = await world.endorse({ contract: 'kv', steps: [['event', 'made', 'payload']] })
  return world.order(envelope, envelope)
}

export const deliverScenarios: readonly Scenario<World>[] = [
  ['the first block', asked('Deliver/Deliver', { from: 'oldest', to: 'oldest' })],
  ['a block by number', asked('Deliver/Deliver', { from: 0, to: 0 })],
  ['the newest block', after('Deliver/Deliver', put)],
  [
    'the newest block by name',
    async (world) => {
      await put(world)
      return asked('Deliver/Deliver', { from: 'newest', to: 'newest' })(world)
    },
  ],
  [
    'the next block, when it comes',
    async (world) => {
      const next = asked('Deliver/Deliver', { from: 'next', to: world.height }, undefined, { silenceMs: 3_000 })(world)
      await takenUp(world.peer(1).connection.client)
      await put(world)
      return next
    },
  ],
  ['backwards', asked('Deliver/Deliver', { from: 1, to: 0 })],
  [
    'a place far beyond the end, if it is there',
    asked('Deliver/Deliver', { from: 90_000, to: 90_001, failsIfMissing: true }),
  ],
  [
    'the next place, if it is there',
    async (world) => asked('Deliver/Deliver', { from: world.height, to: world.height, failsIfMissing: true })(world),
  ],
  ['no start', asked('Deliver/Deliver', { to: 1 })],
  ['no stop', asked('Deliver/Deliver', { from: 1 })],
  ['an unknown channel', asked('Deliver/Deliver', { from: 0, to: 0, channelId: 'nowhere' })],
  ['no channel', asked('Deliver/Deliver', { from: 0, to: 0, channelId: '' })],
  [
    'a request of yesterday',
    asked('Deliver/Deliver', { from: 0, to: 0, timestamp: new Date(Date.now() - 86_400_000) }),
  ],
  ['a request of a stranger', asked('Deliver/Deliver', { from: 0, to: 0 }, () => stranger('Org1MSP'))],
  [
    'a request of no organization here',
    asked('Deliver/Deliver', { from: 0, to: 0 }, (world) => world.organization(3).user),
  ],
  [
    'a request of another organization',
    asked('Deliver/Deliver', { from: 0, to: 0 }, (world) => world.organization(2).user),
  ],
  [
    'a request with an expired certificate',
    asked('Deliver/Deliver', { from: 0, to: 0 }, (world) => expired(world.organization(1))),
  ],
  [
    'a request signed by another',
    asked('Deliver/Deliver', { from: 0, to: 0 }, (world) => impostor(world.user, world.organization(1).admin)),
  ],
  [
    'a request without a signature',
    async (world) =>
      send(world, 'Deliver/Deliver', withSignature(await seek(world.user, { from: 0, to: 0 }), new Uint8Array())),
  ],
  ['a request without a header', (world) => send(world, 'Deliver/Deliver', headless())],
  ['an empty request', (world) => send(world, 'Deliver/Deliver', new common.Envelope())],
  ['a filtered first block', asked('Deliver/DeliverFiltered', { from: 0, to: 0 })],
  ['a filtered block with an event', after('Deliver/DeliverFiltered', put)],
  ['a filtered block of an invalid transaction', after('Deliver/DeliverFiltered', invalid)],
  ['a filtered block of a transaction twice', after('Deliver/DeliverFiltered', both)],
  [
    'a filtered block far beyond the end, if it is there',
    asked('Deliver/DeliverFiltered', { from: 90_000, to: 90_001, failsIfMissing: true }),
  ],
  ['filtered blocks for a stranger', asked('Deliver/DeliverFiltered', { from: 0, to: 0 }, () => stranger('Org1MSP'))],
  ['filtered blocks of an unknown channel', asked('Deliver/DeliverFiltered', { from: 0, to: 0, channelId: 'nowhere' })],
  ['a block with private data', after('Deliver/DeliverWithPrivateData', secret)],
  ['a block with private data at another organization', after('Deliver/DeliverWithPrivateData', secret, 2)],
  ['a block with private data of no private data', after('Deliver/DeliverWithPrivateData', put)],
  [
    'private data for a stranger',
    asked('Deliver/DeliverWithPrivateData', { from: 0, to: 0 }, () => stranger('Org1MSP')),
  ],
]
