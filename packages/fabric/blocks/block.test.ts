import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { common, ledger, peer } from '@hyperledger/fabric-protos'
import { sha256, timestamp, toHex, utf8 } from '../codec/index.ts'
import { expectedBlock } from '../testing/official-block-json.ts'
import { describeBlock } from './block.ts'
import { lifecycleAct } from './lifecycle-act.ts'
import { describeAccess } from './read-write-set.ts'
import { describeTransaction, type TransactionRecord } from './transaction.ts'

const { kvrwset } = ledger.rwset

const folder = join(import.meta.dirname, '../../../test/vectors/blocks')
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.block') ? [file.slice(0, -'.block'.length)] : []))
const blockOf = (name: string) => describeBlock(new Uint8Array(readFileSync(join(folder, `${name}.block`))))

for (const name of names) {
  test(`the recorded block '${name}' is described as configtxlator decodes it`, () => {
    const official: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
    const block = blockOf(name)
    assert.partialDeepStrictEqual(block, expectedBlock(official))
    assert.ok(block.dataHashIsRight)
    assert.deepEqual(JSON.parse(JSON.stringify(block)), block, 'plain JSON')
  })
}

function only(name: string): TransactionRecord {
  const { transactions } = blockOf(name)
  const [transaction] = transactions
  assert.equal(transactions.length, 1)
  assert.ok(transaction)
  return transaction
}

function actionsOf(transaction: TransactionRecord) {
  assert.equal(transaction.kind, 'contract')
  return transaction.actions
}

test('approvals and commits of a definition are named with what they say', () => {
  const definition = {
    name: 'kv',
    version: '2',
    sequence: 2,
    initRequired: false,
    endorsementPolicy: { signature: "OR('Org1MSP.peer', 'Org2MSP.peer')" },
    collections: [
      {
        name: 'secrets',
        members: "OR('Org1MSP.member', 'Org2MSP.member')",
        requiredPeerCount: 0,
        maxPeerCount: 1,
        blockToLive: 0,
        memberOnlyRead: true,
        memberOnlyWrite: true,
      },
    ],
  }
  const approvals = blockOf('approvals').transactions.flatMap((one) => actionsOf(one).map(({ lifecycle }) => lifecycle))
  assert.deepEqual(
    approvals
      .map((one) => ({ ...one, packageId: undefined }))
      .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
    ['Org1MSP', 'Org2MSP'].map((organization) => ({ act: 'approve', organization, definition, packageId: undefined })),
  )
  for (const one of approvals) assert.match((one?.act === 'approve' && one.packageId) || '', /^kv_1:[0-9a-f]{64}$/)
  assert.deepEqual(
    actionsOf(only('definition')).map(({ lifecycle }) => lifecycle),
    [{ act: 'commit', definition }],
  )
})

test('an invoke shows its call, event, endorser and writes', () => {
  const [action] = actionsOf(only('invoke'))
  assert.deepEqual(action?.args, [{ text: 'put' }, { text: 'tea' }, { text: 'seven boxes' }])
  assert.deepEqual(action.event, { name: 'put', payload: { text: '{"key":"tea","value":"seven boxes"}' } })
  assert.match(action.endorsers[0]?.subject ?? '', /^CN=peer0\.org1\.test,OU=peer/)
  const access = action.access.find(({ namespace }) => namespace === 'kv')
  assert.deepEqual(access?.writes, [{ key: 'tea', value: { text: 'seven boxes' } }])
})

test('private data shows as hashes, and never the transient value', () => {
  const transaction = only('private')
  const [collection] = actionsOf(transaction)[0]?.access.find(({ namespace }) => namespace === 'kv')?.collections ?? []
  const hashOf = (text: string) => toHex(sha256(utf8(text)))
  assert.equal(collection?.collection, 'secrets')
  assert.deepEqual(collection.writes, [{ keyHash: hashOf('k'), valueHash: hashOf('hidden') }])
  assert.ok(!JSON.stringify(transaction).includes('hidden'))
})

test('the verdicts of the peers are named', () => {
  const codes = (name: string) => blockOf(name).transactions.map(({ validationCode }) => validationCode)
  assert.deepEqual(codes('conflict'), ['VALID', 'MVCC_READ_CONFLICT'])
  assert.deepEqual(codes('duplicate'), ['DUPLICATE_TXID'])
})

test('a removed key and a range read are shown', () => {
  const accessOf = (name: string) => actionsOf(only(name))[0]?.access.find(({ namespace }) => namespace === 'kv')
  assert.deepEqual(accessOf('removal')?.writes, [{ key: 'tea', deleted: true }])
  const [range] = accessOf('range')?.rangeReads ?? []
  assert.deepEqual(
    range?.reads?.map(({ key }) => key),
    ['tea'],
  )
})

test('a config update shows who signed and what changed', () => {
  for (const name of ['batch-update', 'bft-update']) {
    const transaction = only(name)
    assert.equal(transaction.kind, 'config')
    assert.equal(transaction.config.sequence, 1)
    assert.deepEqual(
      transaction.config.signers.map(({ mspId }) => mspId),
      ['OrdererMSP'],
    )
    assert.deepEqual(transaction.config.changes, [
      { path: '/Channel/Orderer/BatchTimeout', kind: 'value', change: 'changed' },
    ])
  }
})

test('blocks name their signers: Raft by identity, BFT by consenter', () => {
  assert.match(JSON.stringify(blockOf('invoke').signers), /"mspId":"OrdererMSP"/)
  const consenters = blockOf('bft-update').signers.map((signer) => 'consenter' in signer && signer.consenter)
  assert.equal(new Set(consenters).size, consenters.length)
  assert.ok(consenters.length >= 3)
})

test('bytes that are no transaction are said to be so, without an exception', () => {
  const nonsense = describeTransaction(new Uint8Array([0xff, 1, 2, 3]), 0)
  assert.deepEqual([nonsense.kind, nonsense.validationCode], ['other', 'VALID'])
  const badData = new common.Payload()
  badData.setData(new Uint8Array([0xff]))
  const header = new common.ChannelHeader()
  header.setType(common.HeaderType.ENDORSER_TRANSACTION)
  header.setTxId('abc')
  const headers = new common.Header()
  headers.setChannelHeader(header.serializeBinary())
  badData.setHeader(headers)
  const envelope = new common.Envelope()
  envelope.setPayload(badData.serializeBinary())
  const described = describeTransaction(envelope, 99)
  assert.deepEqual([described.kind, described.transactionId, described.validationCode], ['other', 'abc', 'UNKNOWN_99'])
})

test('a time that no calendar has hides nothing of its transaction', () => {
  const header = new common.ChannelHeader()
  header.setType(common.HeaderType.ENDORSER_TRANSACTION)
  header.setTxId('abc')
  const time = timestamp(new Date())
  time.setSeconds(9_000_000_000_000_000)
  header.setTimestamp(time)
  const headers = new common.Header()
  headers.setChannelHeader(header.serializeBinary())
  const payload = new common.Payload()
  payload.setHeader(headers)
  const envelope = new common.Envelope()
  envelope.setPayload(payload.serializeBinary())
  const described = describeTransaction(envelope, 0)
  assert.deepEqual([described.kind, described.transactionId, described.createdAt], ['contract', 'abc', ''])
})

test('a definition with a collection of a newer Fabric is named all the same, and says what is missing', () => {
  const message = new peer.lifecycle.CommitChaincodeDefinitionArgs()
  message.setName('kv')
  message.setVersion('3')
  message.setSequence(4)
  const collections = new peer.CollectionConfigPackage()
  collections.addConfig(new peer.CollectionConfig())
  message.setCollections(collections)
  const act = lifecycleAct([utf8('CommitChaincodeDefinition'), message.serializeBinary()], 'Org1MSP')
  assert.deepEqual(act?.definition, { name: 'kv', version: '3', sequence: 4, initRequired: false })
  assert.match(act.problem ?? '', /collection is of a kind/)
})

test('metadata of private keys shows as hashes too', () => {
  const write = new kvrwset.KVMetadataWriteHash()
  write.setKeyHash(new Uint8Array([0xab]))
  const entry = new kvrwset.KVMetadataEntry()
  entry.setName('VALIDATION_PARAMETER')
  write.addEntries(entry)
  const hashed = new kvrwset.HashedRWSet()
  hashed.addMetadataWrites(write)
  const collection = new ledger.rwset.CollectionHashedReadWriteSet()
  collection.setHashedRwset(hashed.serializeBinary())
  const namespace = new ledger.rwset.NsReadWriteSet()
  namespace.addCollectionHashedRwset(collection)
  const set = new ledger.rwset.TxReadWriteSet()
  set.addNsRwset(namespace)
  const [access] = describeAccess(set.serializeBinary())
  assert.deepEqual(access?.collections[0]?.metadataWrites, [{ keyHash: 'ab', entries: ['VALIDATION_PARAMETER'] }])
})
