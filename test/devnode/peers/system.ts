/** The system contracts that answer about a peer's channels and ledgers: `cscc` and `qscc`. */
import { blockDataHash, blockHeaderHash, equalBytes, toHex } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from '../agreement/scenario.ts'
import { codeName } from './describe.ts'
import { type MadeProposal, type ProposalOptions } from './proposals.ts'
import { stranger } from './signers.ts'
import type { World } from './world.ts'

export type Decode = (payload: Uint8Array) => unknown

export interface SystemCall extends Partial<Omit<ProposalOptions, 'contract' | 'args'>> {
  readonly at?: number
}

/** Asks a system contract. What it answers is read by `decode`, since its bytes hold keys and times. */
export async function askSystem(
  world: World,
  [contract, ...args]: readonly [string, ...(string | Uint8Array)[]],
  decode: Decode = () => undefined,
  { at = 1, ...call }: SystemCall = {},
): Promise<Seen> {
  const made = await world.propose({ contract, args, channel: '', by: world.organization(1).admin, ...call })
  const outcome = await world.ask(made.signed, at)
  if ('failed' in outcome) return world.seenOf(outcome)
  return answered(outcome.answer, made, world, decode)
}

function answered(answer: peer.ProposalResponse, made: MadeProposal, world: World, decode: Decode): Seen {
  world.known.push([made.transactionId, '<transaction id>'])
  const response = answer.getResponse()
  const payload = response?.getPayload_asU8() ?? new Uint8Array()
  return {
    status: response?.getStatus(),
    message: response?.getMessage(),
    endorsed: answer.getEndorsement() !== undefined,
    ...(payload.length === 0 ? {} : { said: decode(payload) }),
  }
}

/** A query of `qscc` on the channel, by a member. */
const qscc =
  (
    name: string,
    args: (world: World) => readonly (string | Uint8Array)[],
    decode: (world: World) => Decode = () => () => undefined,
  ) =>
  (world: World): Promise<Seen> =>
    askSystem(world, ['qscc', name, ...args(world)], decode(world), { channel: world.channel, by: world.user })

const cscc =
  (name: string, ...args: readonly (string | Uint8Array)[]) =>
  (world: World) =>
    askSystem(world, ['cscc', name, ...args], decodeCscc(name))

export const decodeCscc = (name: string): Decode => {
  if (name === 'GetChannels')
    return (payload) => peer.ChannelQueryResponse.deserializeBinary(payload).toObject().channelsList
  if (name === 'GetConfigBlock') return describeBlock
  return (payload) => {
    const config = common.Config.deserializeBinary(payload)
    const application = config.getChannelGroup()?.getGroupsMap().get('Application')
    return {
      sequence: config.getSequence(),
      organizations: application
        ?.getGroupsMap()
        .getEntryList()
        .map(([name]) => name)
        .sort(),
      policies: application
        ?.getPoliciesMap()
        .getEntryList()
        .map(([name]) => name)
        .sort(),
    }
  }
}

/** A block as peers keep it: its structure, its verdicts, and that its hashes are right. */
export function describeBlock(bytes: Uint8Array): Seen {
  const block = common.Block.deserializeBinary(bytes)
  const header = block.getHeader() ?? new common.BlockHeader()
  const data = block.getData()?.getDataList_asU8() ?? []
  const slots = block.getMetadata()?.getMetadataList_asU8() ?? []
  const verdicts = slots[common.BlockMetadataIndex.TRANSACTIONS_FILTER] ?? new Uint8Array()
  const commit = common.Metadata.deserializeBinary(slots[common.BlockMetadataIndex.COMMIT_HASH] ?? new Uint8Array())
  return {
    isFirst: header.getNumber() === 0,
    previousHash: header.getPreviousHash_asU8().length,
    dataHashIsRight: equalBytes(header.getDataHash_asU8(), blockDataHash(data)),
    envelopes: data.length,
    slots: slots.map((slot) => slot.length > 0),
    verdicts: [...verdicts].map(codeName),
    commitHash: commit.getValue_asU8().length,
  }
}

/** Whether the answer is the very block that deliver gave. */
const sameBlock = (number: (world: World) => number) => (world: World) => (payload: Uint8Array) => ({
  ...describeBlock(payload),
  isDelivered: equalBytes(payload, world.followers[0].block(number(world)).serializeBinary()),
})

function hashOf(block: common.Block): Uint8Array {
  const header = block.getHeader() ?? new common.BlockHeader()
  return blockHeaderHash({
    number: BigInt(header.getNumber()),
    previousHash: header.getPreviousHash_asU8(),
    dataHash: header.getDataHash_asU8(),
  })
}

const chainInfo = (world: World) => (payload: Uint8Array) => {
  const info = common.BlockchainInfo.deserializeBinary(payload)
  const hash = (back: number) => toHex(hashOf(world.followers[0].block(world.height - back)))
  return {
    heightIsRight: info.getHeight() === world.height,
    currentIsRight: toHex(info.getCurrentblockhash_asU8()) === hash(1),
    previousIsRight: toHex(info.getPreviousblockhash_asU8()) === hash(2),
    bySnapshot: info.hasBootstrappingsnapshotinfo(),
  }
}

/** A transaction is committed first; then it is asked for. */
const committed =
  (name: string, valid: boolean, decode: Decode) =>
  async (world: World): Promise<Seen> => {
    const call = { contract: 'kv', steps: [['put', 'asked', '1']] as const }
    const { made, envelope } = await world.endorse(call, valid ? [1, 2] : [1])
    await world.order(envelope)
    const args = ['qscc', name, world.channel, made.transactionId] as const
    return askSystem(world, args, decode, { channel: world.channel, by: world.user })
  }

const transaction: Decode = (payload) => {
  const processed = peer.ProcessedTransaction.deserializeBinary(payload)
  return {
    code: codeName(processed.getValidationcode()),
    hasEnvelope: (processed.getTransactionenvelope()?.getPayload_asU8().length ?? 0) > 0,
    signature: (processed.getTransactionenvelope()?.getSignature_asU8().length ?? 0) > 0,
  }
}

const newest = (world: World): number => world.height - 1

/** On a channel whose newest block holds one transaction. */
const onNewBlock = (scenario: (world: World) => Promise<Seen>) => async (world: World) => {
  await world.transact({ contract: 'kv', steps: [['put', 'new', '1']] })
  return scenario(world)
}

const spoiled = (world: World, spoil: (block: common.Block) => void): Uint8Array => {
  const block = common.Block.deserializeBinary(world.network.ordering.genesis)
  spoil(block)
  return block.serializeBinary()
}

export const ledgerScenarios: readonly Scenario<World>[] = [
  ['chain info', qscc('GetChainInfo', (world) => [world.channel], chainInfo)],
  ['chain info of an unknown channel', qscc('GetChainInfo', () => ['nowhere'])],
  [
    'chain info asked by a stranger',
    (world) =>
      askSystem(world, ['qscc', 'GetChainInfo', world.channel], undefined, {
        channel: world.channel,
        by: stranger('Org1MSP'),
      }),
  ],
  [
    'chain info asked without a channel',
    (world) => askSystem(world, ['qscc', 'GetChainInfo', world.channel], chainInfo(world)),
  ],
  [
    'chain info asked by a peer',
    (world) =>
      askSystem(world, ['qscc', 'GetChainInfo', world.channel], chainInfo(world), {
        channel: world.channel,
        by: world.organization(2).peer,
      }),
  ],
  ['no channel to ask about', qscc('GetChainInfo', () => [])],
  [
    'the first block by number',
    qscc(
      'GetBlockByNumber',
      (world) => [world.channel, '0'],
      sameBlock(() => 0),
    ),
  ],
  [
    'the newest block by number',
    onNewBlock(qscc('GetBlockByNumber', (world) => [world.channel, String(newest(world))], sameBlock(newest))),
  ],
  ['a block that is not there', qscc('GetBlockByNumber', (world) => [world.channel, '777777'])],
  [
    'the largest number',
    onNewBlock(qscc('GetBlockByNumber', (world) => [world.channel, '18446744073709551615'], sameBlock(newest))),
  ],
  ['a number that is none', qscc('GetBlockByNumber', (world) => [world.channel, 'first'])],
  ['no number', qscc('GetBlockByNumber', (world) => [world.channel])],
  [
    'a block by hash',
    // Not one of the first blocks: how many of thirty envelopes share one depends on the machine.
    onNewBlock(
      qscc(
        'GetBlockByHash',
        (world) => [world.channel, hashOf(world.followers[0].block(newest(world)))],
        sameBlock(newest),
      ),
    ),
  ],
  ['an unknown hash', qscc('GetBlockByHash', (world) => [world.channel, new Uint8Array(32)])],
  ['an empty hash', qscc('GetBlockByHash', (world) => [world.channel, ''])],
  ['a transaction by id', committed('GetTransactionByID', true, transaction)],
  ['an invalid transaction by id', committed('GetTransactionByID', false, transaction)],
  ['an unknown transaction', qscc('GetTransactionByID', (world) => [world.channel, 'c'.repeat(64)])],
  ['an empty transaction id', qscc('GetTransactionByID', (world) => [world.channel, ''])],
  ['a block by transaction', committed('GetBlockByTxID', true, describeBlock)],
  ['a block by an unknown transaction', qscc('GetBlockByTxID', (world) => [world.channel, 'c'.repeat(64)])],
  ['a block by an empty transaction id', qscc('GetBlockByTxID', (world) => [world.channel, ''])],
  ['an unknown query', qscc('GetEverything', (world) => [world.channel, 'x'])],
  ['the channels of a peer', cscc('GetChannels')],
  [
    'the channels of a peer, for a member',
    (world) => askSystem(world, ['cscc', 'GetChannels'], decodeCscc('GetChannels'), { by: world.user }),
  ],
  [
    'the channels of a peer, for another organization',
    (world) => askSystem(world, ['cscc', 'GetChannels'], undefined, { by: world.organization(2).admin }),
  ],
  ['the config block', (world) => cscc('GetConfigBlock', world.channel)(world)],
  ['the config block of an unknown channel', cscc('GetConfigBlock', 'nowhere')],
  ['the config of a channel', (world) => cscc('GetChannelConfig', world.channel)(world)],
  ['the config of an unknown channel', cscc('GetChannelConfig', 'nowhere')],
  ['the config of no channel', cscc('GetChannelConfig', '')],
  ['a second join', (world) => cscc('JoinChain', world.network.ordering.genesis)(world)],
  [
    'a join by a member',
    (world) => askSystem(world, ['cscc', 'JoinChain', world.network.ordering.genesis], undefined, { by: world.user }),
  ],
  [
    'a join by another organization’s administrator',
    (world) =>
      askSystem(world, ['cscc', 'JoinChain', world.network.ordering.genesis], undefined, {
        by: world.organization(2).admin,
      }),
  ],
  ['a join by rubbish', cscc('JoinChain', 'rubbish!')],
  [
    'a join by an empty block',
    (world) =>
      cscc(
        'JoinChain',
        spoiled(world, (block) => block.setData(new common.BlockData())),
      )(world),
  ],
  ['a join by a transaction', (world) => cscc('JoinChain', world.followers[0].block(2).serializeBinary())(world)],
  ['an unknown function of cscc', cscc('LeaveChain', 'x')],
]
