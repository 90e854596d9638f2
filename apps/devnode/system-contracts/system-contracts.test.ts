import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { common, peer } from '@hyperledger/fabric-protos'
import type { AccessControl } from '../access/access.ts'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import type { Contract } from '../contracts/contract.ts'
import { readBlockParts } from '../ledger/block-parts.ts'
import { testInvocation } from '../lifecycle/testing/test-ledger.ts'
import { configOfBlock } from '../ordering/channels.ts'
import type { KnownTransaction } from '../state/world-state.ts'
import { cscc } from './cscc.ts'
import { deployedContracts } from './deployed.ts'
import { qscc } from './qscc.ts'

const vector = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../test/vectors/blocks/${name}.block`, import.meta.url)))

const blocks = [vector('genesis'), vector('invoke')]
const [genesis, newest] = blocks.map(readBlockParts)
assert.ok(genesis && newest)

/** A channel of two blocks: block 1 holds one transaction of this id. */
const channel = {
  name: 'orders',
  config: configOfBlock(blocks[0] ?? new Uint8Array()),
  store: { height: 2, read: async (number: number) => blocks[number] ?? new Uint8Array() },
  state: {
    transaction: (id: string): KnownTransaction | undefined =>
      id === 'known' ? { block: 1, transaction: 0, code: 11 } : undefined,
    blockByHash: (hash: Uint8Array) => (Buffer.compare(hash, newest.hash) === 0 ? 1 : undefined),
  },
} as unknown as PeerChannel

const joined: Uint8Array[] = []
const channels: PeerChannels = {
  get: (name) => (name === 'orders' ? channel : undefined),
  names: () => ['orders'],
  join: async (block) => {
    joined.push(block)
    return channel
  },
}
const asked: string[] = []
const access: AccessControl = {
  checkChannel: (on, resource) => void asked.push(`${on.name} ${resource}`),
  checkLocal: (resource) => void asked.push(resource),
}
const nobody: AccessControl = {
  checkChannel: () => {
    throw new Error('nobody may')
  },
  checkLocal: () => {
    throw new Error('nobody may')
  },
}

async function ask(contract: Contract, name: 'cscc' | 'qscc', ...args: (string | Uint8Array)[]): Promise<Buffer> {
  const { response } = await contract.invoke(testInvocation(name, args))
  assert.deepEqual([response.getStatus(), response.getMessage()], [200, ''], String(args[0]))
  return Buffer.from(response.getPayload_asU8())
}

async function refused(contract: Contract, name: string, ...args: (string | Uint8Array)[]): Promise<string> {
  const { response } = await contract.invoke(testInvocation(name, args))
  assert.equal(response.getStatus(), 500, String(args[0]))
  return response.getMessage()
}

const queries = qscc({ channels, access })

test('qscc tells blocks and transactions, asking for the resource of each query', async () => {
  asked.length = 0
  const info = common.BlockchainInfo.deserializeBinary(await ask(queries, 'qscc', 'GetChainInfo', 'orders'))
  assert.equal(info.getHeight(), 2)
  assert.deepEqual(Buffer.from(info.getCurrentblockhash_asU8()), Buffer.from(newest.hash))
  assert.deepEqual(Buffer.from(info.getPreviousblockhash_asU8()), Buffer.from(newest.previousHash))
  const [first, last] = blocks.map((block) => Buffer.from(block))
  assert.deepEqual(await ask(queries, 'qscc', 'GetBlockByNumber', 'orders', '0'), first)
  assert.deepEqual(await ask(queries, 'qscc', 'GetBlockByNumber', 'orders', '18446744073709551615'), last, 'newest')
  assert.deepEqual(await ask(queries, 'qscc', 'GetBlockByHash', 'orders', newest.hash), last)
  assert.deepEqual(await ask(queries, 'qscc', 'GetBlockByTxID', 'orders', 'known'), last)
  const bytes = await ask(queries, 'qscc', 'GetTransactionByID', 'orders', 'known')
  const processed = peer.ProcessedTransaction.deserializeBinary(bytes)
  assert.equal(processed.getValidationcode(), 11)
  assert.deepEqual(
    Buffer.from(processed.getTransactionenvelope()?.serializeBinary() ?? []),
    Buffer.from(newest.envelopes[0] ?? []),
  )
  assert.deepEqual(
    [...new Set(asked)],
    [
      'orders qscc/GetChainInfo',
      'orders qscc/GetBlockByNumber',
      'orders qscc/GetBlockByHash',
      'orders qscc/GetBlockByTxID',
      'orders qscc/GetTransactionByID',
    ],
  )
})

test('qscc refuses in Fabric’s words', async () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['GetChainInfo'], 'Incorrect number of arguments, 1'],
    [['GetBlockByNumber', 'orders'], 'missing 3rd argument for GetBlockByNumber'],
    [['GetChainInfo', 'nowhere'], 'Invalid chain ID, nowhere'],
    [['GetBlockByNumber', 'orders', '2'], 'Failed to get block number 2, error no such block number [2] in index'],
    [
      ['GetBlockByNumber', 'orders', '-1'],
      'Failed to parse block number with error strconv.ParseUint: parsing "-1": invalid syntax',
    ],
    [
      ['GetBlockByNumber', 'orders', '18446744073709551616'],
      'Failed to parse block number with error strconv.ParseUint: parsing "18446744073709551616": value out of range',
    ],
    [['GetBlockByHash', 'orders', 'ab'], 'Failed to get block hash ab, error no such block hash [6162] in index'],
    [['GetBlockByTxID', 'orders', 'x'], 'Failed to get block for txID x, error no such transaction ID [x] in index'],
    [
      ['GetTransactionByID', 'orders', 'x'],
      'Failed to get transaction with id x, error no such transaction ID [x] in index',
    ],
    [['toString', 'orders', 'x'], 'Requested function toString not found.'],
  ]
  for (const [args, sentence] of cases) assert.equal(await refused(queries, 'qscc', ...args), sentence)
  assert.equal(
    await refused(queries, 'kv', 'GetChainInfo', 'orders'),
    "Rejecting invoke of QSCC from another chaincode because of potential for deadlocks, original invocation for 'kv'",
  )
  assert.equal(
    await refused(qscc({ channels, access: nobody }), 'qscc', 'GetChainInfo', 'orders'),
    'access denied for [GetChainInfo][orders]: [nobody may]',
  )
})

const calls = cscc({ channels, access })
const strict = cscc({ channels, access: nobody })

test('cscc joins channels and tells what they are configured as', async () => {
  const block = blocks[0] ?? new Uint8Array()
  await ask(calls, 'cscc', 'JoinChain', block)
  assert.deepEqual(
    joined.map((one) => Buffer.from(one)),
    [Buffer.from(block)],
  )
  const list = peer.ChannelQueryResponse.deserializeBinary(await ask(calls, 'cscc', 'GetChannels')).toObject()
  assert.deepEqual(list.channelsList, [{ channelId: 'orders' }])
  const status = peer.JoinBySnapshotStatus.deserializeBinary(await ask(calls, 'cscc', 'JoinBySnapshotStatus'))
  assert.equal(status.getInProgress(), false)
  assert.deepEqual(await ask(calls, 'cscc', 'GetConfigBlock', 'orders'), Buffer.from(block))
  const config = common.Config.deserializeBinary(await ask(calls, 'cscc', 'GetChannelConfig', 'orders'))
  assert.deepEqual(config.toObject(), channel.config.config.toObject())
})

/** The genesis block with its envelope changed. */
function bent(change: (payload: common.Payload) => void): Uint8Array {
  const block = common.Block.deserializeBinary(blocks[0] ?? new Uint8Array())
  const envelope = common.Envelope.deserializeBinary(block.getData()?.getDataList_asU8()[0] ?? new Uint8Array())
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8())
  change(payload)
  envelope.setPayload(payload.serializeBinary())
  block.getData()?.setDataList([envelope.serializeBinary()])
  return block.serializeBinary()
}

const withConfig = (change: (config: common.Config) => void) =>
  bent((payload) => {
    const envelope = common.ConfigEnvelope.deserializeBinary(payload.getData_asU8())
    const config = envelope.getConfig()
    if (config) change(config)
    payload.setData(envelope.serializeBinary())
  })

test('cscc refuses blocks that no channel begins with, in Fabric’s words', async () => {
  const name = configOfBlock(blocks[0] ?? new Uint8Array()).channel
  const failed = `"JoinChain" for channelID = ${name} failed because of validation of configuration block, because of `
  const cases: readonly (readonly [Uint8Array, string | RegExp])[] = [
    [Buffer.from('rubbish!'), /^Failed to reconstruct the genesis block, error unmarshalling Block: proto: /],
    [
      new Uint8Array(),
      '"JoinChain" request failed to extract channel id from the block due to [failed to retrieve channel id - block is empty]',
    ],
    [
      bent((payload) => payload.clearHeader()),
      '"JoinChain" request failed to extract channel id from the block due to [failed to retrieve channel id - payload header is empty]',
    ],
    [bent((payload) => payload.setData(new Uint8Array())), `${failed}Nil config envelope Config`],
    [withConfig((config) => config.clearChannelGroup()), `${failed}Nil channel group`],
    [
      withConfig((config) => config.getChannelGroup()?.clearGroupsMap()),
      `${failed}No channel configuration groups are available`,
    ],
    [
      withConfig((config) => void config.getChannelGroup()?.getGroupsMap().del('Application')),
      `${failed}Invalid configuration block, missing Application configuration group`,
    ],
    [
      withConfig((config) => {
        const required = new common.Capabilities()
        required.getCapabilitiesMap().set('V9_9', new common.Capability())
        const value = new common.ConfigValue()
        value.setValue(required.serializeBinary())
        config.getChannelGroup()?.getValuesMap().set('Capabilities', value)
      }),
      `${failed}Failed capabilities check: [Channel capability V9_9 is required but not supported]`,
    ],
  ]
  for (const [block, sentence] of cases) {
    const message = await refused(calls, 'cscc', 'JoinChain', block)
    if (typeof sentence === 'string') assert.equal(message, sentence)
    else assert.match(message, sentence)
  }
  assert.match(
    await refused(calls, 'cscc', 'JoinChain', vector('invoke')),
    /Bad configuration envelope: invalid type ENDORSER_TRANSACTION, expected CONFIG$/,
  )
})

test('cscc refuses other calls in Fabric’s words', async () => {
  assert.equal(await refused(calls, 'cscc'), 'Incorrect number of arguments, 0')
  assert.equal(await refused(calls, 'cscc', 'GetConfigBlock'), 'Incorrect number of arguments, 1')
  assert.equal(await refused(calls, 'cscc', 'LeaveChain', 'orders'), 'Requested function LeaveChain not found.')
  assert.equal(await refused(calls, 'cscc', 'GetChannelConfig', ''), 'empty channel name provided')
  const denied = 'access denied for'
  assert.equal(
    await refused(calls, 'cscc', 'GetConfigBlock', 'nowhere'),
    `${denied} [GetConfigBlock][nowhere]: Failed to get policy manager for channel [nowhere]`,
  )
  assert.equal(await refused(strict, 'cscc', 'GetChannels'), `${denied} [GetChannels]: nobody may`)
  assert.equal(
    await refused(strict, 'cscc', 'GetChannelConfig', 'orders'),
    `${denied} [GetChannelConfig][orders]: nobody may`,
  )
  assert.match(
    await refused(strict, 'cscc', 'JoinChain', blocks[0] ?? ''),
    /^access denied for \[JoinChain\]\[.+\]: \[nobody may\]$/,
  )
  assert.match(await refused(calls, 'cscc', 'JoinChainBySnapshot', '/snapshot'), /^UNIMPLEMENTED: /)
  assert.equal(
    await refused(calls, 'cscc', 'JoinChainBySnapshot', ''),
    'Cannot join the channel, no snapshot directory provided',
  )
  assert.equal(
    await refused(calls, 'kv', 'GetChannels'),
    "Rejecting invoke of CSCC from another chaincode, original invocation for 'kv'",
  )
})

test('only the contracts that core.yaml names are deployed', () => {
  const contracts = { _lifecycle: calls, cscc: calls, qscc: queries }
  const deployed = deployedContracts({ _lifecycle: true, cscc: false, qscc: true }, contracts)
  assert.deepEqual([...deployed.keys()], ['_lifecycle', 'qscc'])
})
