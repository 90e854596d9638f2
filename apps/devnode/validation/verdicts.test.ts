/** Every validation code, by transactions made by hand. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { common, peer } from '@hyperledger/fabric-protos'
import {
  type Bend,
  put,
  setOf,
  type TransactionParts,
  transaction,
} from '../committing/testing/endorsed-transaction.ts'
import { type Growing, growing } from '../committing/testing/growing.ts'
import { channelName, definition, testChannel } from '../committing/testing/test-channel.ts'

const world = testChannel()
let peer1: Growing

before(async () => {
  peer1 = await growing(world)
  peer1.definitions.set('kv', definition('kv'))
  peer1.definitions.set('both', definition('both', { policy: { channel: '/Channel/Application/Endorsement' } }))
  peer1.definitions.set(
    'hidden',
    definition('hidden', {
      collections: [{ name: 'mine' }, { name: 'strict', endorsement: "OR('Org2MSP.peer')" }],
    }),
  )
})
after(() => peer1[Symbol.asyncDispose]())

let keys = 0
const made = (parts: Partial<TransactionParts> = {}) =>
  transaction({
    by: world.client,
    endorsers: [world.peers[0]],
    contract: 'kv',
    sets: [setOf(parts.contract ?? 'kv', { writes: [put(`key${keys++}`, 'value')] })],
    ...parts,
  })
const bent = (bend: Bend, parts: Partial<TransactionParts> = {}) => made({ ...parts, bend })

const cases: readonly (readonly [name: string, code: string, make: () => ReturnType<typeof made>])[] = [
  ['a good transaction', 'VALID', () => made()],
  ['one that writes nothing', 'VALID', () => made({ sets: [] })],
  ['no envelope at all', 'INVALID_OTHER_REASON', () => ({ id: '', bytes: Buffer.from([0xff, 0xff]) })],
  ['an empty envelope', 'BAD_COMMON_HEADER', () => ({ id: '', bytes: new Uint8Array() })],
  ['a payload that is rubbish', 'BAD_PAYLOAD', () => bent({ envelope: (it) => it.setPayload(Buffer.from([0xff])) })],
  ['a type that is no transaction', 'BAD_COMMON_HEADER', () => bent({ channelHeader: (it) => it.setType(0) })],
  ['an epoch', 'BAD_COMMON_HEADER', () => bent({ channelHeader: (it) => it.setEpoch(1) })],
  ['no nonce', 'BAD_COMMON_HEADER', () => bent({ signatureHeader: (it) => it.setNonce('') })],
  ['no creator', 'BAD_COMMON_HEADER', () => bent({ signatureHeader: (it) => it.setCreator('') })],
  ['no signature', 'BAD_CREATOR_SIGNATURE', () => bent({ envelope: (it) => it.setSignature('') })],
  [
    'a foreign signature',
    'BAD_CREATOR_SIGNATURE',
    () => bent({ envelope: (it) => it.setSignature(world.stranger.sign(it.getPayload_asU8())) }),
  ],
  ['a creator of no organization here', 'BAD_CREATOR_SIGNATURE', () => made({ by: world.stranger })],
  [
    'a config update, which is no transaction',
    'UNSUPPORTED_TX_PAYLOAD',
    () => bent({ channelHeader: (it) => it.setType(common.HeaderType.CONFIG_UPDATE) }),
  ],
  ['an id that is not computed', 'BAD_PROPOSAL_TXID', () => bent({ channelHeader: (it) => it.setTxId('1234') })],
  [
    'two actions',
    'INVALID_ENDORSER_TRANSACTION',
    () => bent({ transaction: (it) => it.addActions(new peer.TransactionAction()) }),
  ],
  ['no action', 'INVALID_ENDORSER_TRANSACTION', () => bent({ transaction: (it) => it.setActionsList([]) })],
  [
    'another proposal’s hash',
    'INVALID_ENDORSER_TRANSACTION',
    () => bent({ response: (it) => it.setProposalHash(Buffer.alloc(32)) }),
  ],
  [
    'an action header without nonce',
    'INVALID_ENDORSER_TRANSACTION',
    () => bent({ actionHeader: (it) => it.setNonce('') }),
  ],
  [
    'an extension that is rubbish',
    'BAD_HEADER_EXTENSION',
    () => bent({ channelHeader: (it) => it.setExtension$(Buffer.from([0xff])) }),
  ],
  ['an answer without content', 'BAD_RESPONSE_PAYLOAD', () => bent({ response: (it) => it.setExtension$('') })],
  [
    'reads and writes that are rubbish',
    'BAD_RWSET',
    () => bent({ action: (it) => it.setResults(Buffer.from([0xff])) }),
  ],
  [
    'an extension without contract',
    'INVALID_OTHER_REASON',
    () => bent({ channelHeader: (it) => it.setExtension$('') }),
  ],
  ['an answer without contract', 'INVALID_OTHER_REASON', () => bent({ action: (it) => it.setChaincodeId(undefined) })],
  [
    'an answer of another contract',
    'INVALID_CHAINCODE',
    () => bent({ action: (it) => it.getChaincodeId()?.setName('other') }),
  ],
  [
    'an answer without version',
    'INVALID_CHAINCODE',
    () => bent({ action: (it) => it.getChaincodeId()?.setVersion('') }),
  ],
  [
    'another version than the definition’s, which Fabric’s validation since 2.0 does not ask',
    'VALID',
    () => bent({ action: (it) => it.getChaincodeId()?.setVersion('0.9') }),
  ],
  ['an event of another contract', 'INVALID_OTHER_REASON', () => made({ event: { contract: 'other', name: 'done' } })],
  ['a namespace twice', 'ILLEGAL_WRITESET', () => made({ sets: [setOf('kv', {}), setOf('kv', {})] })],
  ['a contract that is not defined', 'INVALID_CHAINCODE', () => made({ contract: 'nothing' })],
  [
    'a write into a contract that is not defined',
    'INVALID_CHAINCODE',
    () => made({ sets: [setOf('nothing', { writes: [put('a', '1')] })] }),
  ],
  [
    'a read of a contract that is not defined',
    'VALID',
    () => made({ sets: [setOf('nothing', { reads: [{ key: 'a' }] })] }),
  ],
  ['no endorsement', 'ENDORSEMENT_POLICY_FAILURE', () => made({ endorsers: [] })],
  ['the wrong endorser', 'ENDORSEMENT_POLICY_FAILURE', () => made({ endorsers: [world.peers[1]] })],
  ['an endorsement by a client', 'ENDORSEMENT_POLICY_FAILURE', () => made({ endorsers: [world.client] })],
  [
    'a forged endorsement',
    'ENDORSEMENT_POLICY_FAILURE',
    () => bent({ endorsement: (it) => it.setSignature(world.stranger.sign(Buffer.from('x'))) }),
  ],
  ['a policy of the channel, satisfied', 'VALID', () => made({ contract: 'both', endorsers: world.peers })],
  ['a policy of the channel, one endorser short', 'ENDORSEMENT_POLICY_FAILURE', () => made({ contract: 'both' })],
  [
    'the same endorser twice',
    'ENDORSEMENT_POLICY_FAILURE',
    () => made({ contract: 'both', endorsers: [world.peers[0], world.peers[0]] }),
  ],
  [
    'a write into another contract with a stricter policy',
    'ENDORSEMENT_POLICY_FAILURE',
    () => made({ sets: [setOf('both', { writes: [put('a', '1')] })] }),
  ],
  [
    'a read of a contract with a stricter policy',
    'VALID',
    () => made({ sets: [setOf('both', { reads: [{ key: 'no' }] })] }),
  ],
  ['a write into a collection', 'VALID', () => made({ contract: 'hidden', sets: [hashedWrite('hidden', 'mine')] })],
  [
    'a write into a collection with a policy of its own, not satisfied',
    'ENDORSEMENT_POLICY_FAILURE',
    () => made({ contract: 'hidden', sets: [hashedWrite('hidden', 'strict')] }),
  ],
  [
    'a collection’s own policy stands in for the contract’s',
    'VALID',
    () => made({ contract: 'hidden', endorsers: [world.peers[1]], sets: [hashedWrite('hidden', 'strict')] }),
  ],
  [
    'a collection that there is not',
    'ENDORSEMENT_POLICY_FAILURE',
    () => made({ contract: 'hidden', sets: [hashedWrite('hidden', 'none')] }),
  ],
  [
    'an organization’s implicit collection, by its own peer',
    'VALID',
    () => made({ contract: 'hidden', sets: [hashedWrite('hidden', '_implicit_org_Org1MSP')] }),
  ],
  [
    'an implicit collection, by another’s peer',
    'ENDORSEMENT_POLICY_FAILURE',
    () => made({ contract: 'hidden', sets: [hashedWrite('hidden', '_implicit_org_Org2MSP')] }),
  ],
  [
    'an implicit collection of nobody',
    'ENDORSEMENT_POLICY_FAILURE',
    () => made({ contract: 'hidden', sets: [hashedWrite('hidden', '_implicit_org_Org9MSP')] }),
  ],
  ['a change of definitions by a majority', 'VALID', () => made({ contract: '_lifecycle', endorsers: world.peers })],
  ['a change of definitions by one organization', 'ENDORSEMENT_POLICY_FAILURE', () => made({ contract: '_lifecycle' })],
  [
    'an approval: an organization’s own collection of the lifecycle',
    'VALID',
    () => made({ contract: '_lifecycle', sets: [hashedWrite('_lifecycle', '_implicit_org_Org1MSP')] }),
  ],
]

function hashedWrite(namespace: string, collection: string) {
  const keyHash = Buffer.alloc(32, keys++)
  const write = { keyHash, isDelete: false, valueHash: Buffer.alloc(32, 7), isPurge: false }
  const set = { hashedReads: [], hashedWrites: [write], hashedMetadataWrites: [] }
  return setOf(namespace, { collections: [{ collection, ...set, privateHash: Buffer.alloc(32, 1) }] })
}

for (const [name, code, make] of cases) {
  test(`${name}: ${code}`, async () => {
    const { id, bytes } = make()
    // An empty block data list is no block: a good one goes along.
    const [, verdict] = await peer1.verdicts(made(), bytes)
    assert.equal(verdict, code, JSON.stringify(peer1.trace(id)))
  })
}

test('a transaction a second time is a duplicate: in the same block, and in a later one', async () => {
  const one = made()
  assert.deepEqual(await peer1.verdicts(one, one), ['VALID', 'DUPLICATE_TXID'])
  assert.deepEqual(await peer1.verdicts(one), ['DUPLICATE_TXID'])
})

test('an id that an invalid transaction had in the same block may be used; in a later block it may not', async () => {
  const nobody = made({ endorsers: [] })
  assert.deepEqual(await peer1.verdicts(nobody, nobody), ['ENDORSEMENT_POLICY_FAILURE', 'ENDORSEMENT_POLICY_FAILURE'])
  assert.deepEqual(await peer1.verdicts(nobody), ['DUPLICATE_TXID'])
})

test('the trace tells who endorsed, which policy decided, and why it refused', async () => {
  const { id, bytes } = made({ contract: 'both' })
  await peer1.verdicts(bytes)
  assert.deepEqual(peer1.trace(id), [
    {
      kind: 'policy',
      policy: '/Channel/Application/Endorsement',
      signers: ['Org1MSP: peer.Org1MSP'],
      refusal:
        "implicit policy evaluation failed - 1 sub-policies were satisfied, but this policy requires 2 of the 'Endorsement' sub-policies to be satisfied",
    },
    {
      kind: 'verdict',
      code: 'ENDORSEMENT_POLICY_FAILURE',
      block: peer1.channel.height - 1,
      reason:
        "validation of endorsement policy for chaincode both failed: implicit policy evaluation failed - 1 sub-policies were satisfied, but this policy requires 2 of the 'Endorsement' sub-policies to be satisfied",
    },
  ])
})

test('an event is told of valid and invalid transactions, what is written only of valid ones', async () => {
  const [good, bad] = [made({ event: { name: 'done' } }), made({ event: { name: 'done' }, endorsers: [] })]
  const told: unknown[] = []
  const stop = peer1.channel.onCommit(({ transactions }) => {
    told.push(...transactions.map(({ txId, namespaces, event, code }) => ({ txId, namespaces, code, event: !!event })))
  })
  await peer1.verdicts(good, bad)
  stop()
  assert.deepEqual(told, [
    { txId: good.id, namespaces: ['kv'], code: 0, event: true },
    { txId: bad.id, namespaces: [], code: 10, event: true },
  ])
})

test('a block of another channel, number or signer is refused, and leaves the channel as it was', async () => {
  const { channel } = peer1
  const { height } = channel
  const other = bent({ channelHeader: (it) => it.setChannelId('other') })
  await assert.rejects(
    channel.commit(await peer1.next(other)),
    /Invalid block's channel id. Expected \[verdicts\]. Given \[other\]/,
  )
  const block = await peer1.next(made())
  const forged = common.Block.deserializeBinary(block)
  forged.getMetadata()?.setMetadataList([])
  await assert.rejects(channel.commit(forged.serializeBinary()), /does not have metadata/)
  const emptied = common.Block.deserializeBinary(block)
  emptied.getData()?.addData(made().bytes)
  await assert.rejects(channel.commit(emptied.serializeBinary()), /Header.DataHash is different from Hash/)
  const renumbered = common.Block.deserializeBinary(block)
  renumbered.getHeader()?.setNumber(99)
  await assert.rejects(channel.commit(renumbered.serializeBinary()), /actual seqNum inside block is \[99\]/)
  const unsigned = common.Block.deserializeBinary(block)
  unsigned.getHeader()?.setPreviousHash(Buffer.alloc(32))
  await assert.rejects(channel.commit(unsigned.serializeBinary()), /implicit policy evaluation failed/)
  assert.equal(channel.height, height)
  assert.equal(channel.isReady, true)
  await channel.commit(block)
  assert.equal(channel.height, height + 1)
})

test('the channel is joined once, in Fabric’s words', async () => {
  await assert.rejects(
    peer1.channels.join(world.genesis),
    new Error(`cannot create ledger from genesis block: ledger [${channelName}] already exists with state [ACTIVE]`),
  )
})
