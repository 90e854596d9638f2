import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ledger, peer } from '@hyperledger/fabric-protos'
import type { Invocation } from './contract.ts'
import { Type } from './shim-message.ts'
import { openTransaction } from './shim-transaction.ts'
import * as state from './state-requests.ts'
import { openCalling } from './testing/calling.ts'
import { completed, openFakeService } from './testing/fake-service.ts'
import { definitionOf, packageAt, type TestChannelOptions, testChannel } from './testing/test-channel.ts'

const collection = () => {
  const secrets = new peer.StaticCollectionConfig()
  secrets.setName('secrets')
  return secrets
}

async function transactionOn(options: TestChannelOptions = {}, isInit = false) {
  const channel = testChannel('mychannel', { collections: ['secrets'], ...options })
  channel.write('kv', { a: '1', b: '2' })
  const simulator = await channel.simulate('tx')
  const invocation = { channel, simulator, contract: 'kv', txId: 'tx', isInit } as unknown as Invocation
  const transaction = openTransaction({ invocation, collections: () => [collection()] })
  return {
    transaction,
    simulator,
    [Symbol.dispose]: () => {
      transaction[Symbol.dispose]()
      simulator[Symbol.dispose]()
      channel[Symbol.dispose]()
    },
  }
}

function record(
  type: peer.WriteRecord.TypeMap[keyof peer.WriteRecord.TypeMap],
  key: string,
  place = '',
): peer.WriteRecord {
  const written = new peer.WriteRecord()
  written.setType(type)
  written.setKey(key)
  written.setValue(Buffer.from('v'))
  written.setCollection(place)
  return written
}

function batch(...records: peer.WriteRecord[]): Uint8Array {
  const message = new peer.WriteBatchState()
  message.setRecList(records)
  return message.serializeBinary()
}

const kinds = peer.WriteRecord.Type

test('many keys are read at once, in their order, an empty value where there is none', async () => {
  using it = await transactionOn()
  const request = new peer.GetStateMultiple()
  request.setKeysList(['b', 'none', 'a'])
  const answer = peer.GetStateMultipleResult.deserializeBinary(
    state.getStateMultiple(request.serializeBinary(), it.transaction),
  )
  assert.deepEqual(
    answer.getValuesList_asU8().map((value) => Buffer.from(value).toString()),
    ['2', '', '1'],
  )
})

test('a batch of writes does each of them, public and private', async () => {
  using it = await transactionOn()
  const writes = batch(
    record(kinds.PUT_STATE, 'new'),
    record(kinds.DEL_STATE, 'a'),
    record(kinds.PUT_STATE, 'k', 'secrets'),
    record(kinds.DEL_STATE, 'l', 'secrets'),
    record(kinds.PURGE_PRIVATE_DATA, 'm', 'secrets'),
  )
  assert.equal(state.writeBatch(writes, it.transaction).length, 0)
  const results = it.simulator.results()
  const [set] = ledger.rwset.TxReadWriteSet.deserializeBinary(results.public).getNsRwsetList()
  const keys = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(set?.getRwset_asU8() ?? new Uint8Array()).toObject()
  assert.deepEqual(
    keys.writesList.map(({ key, isDelete }) => [key, isDelete]),
    [
      ['a', true],
      ['new', false],
    ],
  )
  const [hashed] = set?.getCollectionHashedRwsetList() ?? []
  const hashes = ledger.rwset.kvrwset.HashedRWSet.deserializeBinary(hashed?.getHashedRwset_asU8() ?? new Uint8Array())
  assert.deepEqual(
    hashes
      .getHashedWritesList()
      .map((write) => write.getIsPurge())
      .sort(),
    [false, false, true],
  )
})

test('what a batch or a channel does not allow is refused in Fabric’s words', async () => {
  const undefinedKind = record(kinds.UNDEFINED, 'k')
  const cases: [TestChannelOptions, Uint8Array, string][] = [
    [{}, batch(undefinedKind), 'unknown operation type'],
    [{}, batch(record(kinds.PURGE_PRIVATE_DATA, 'k')), 'only applicable for private data'],
    [
      { capabilities: ['V2_0'] },
      batch(record(kinds.PURGE_PRIVATE_DATA, 'k', 'secrets')),
      'purge private data is not enabled, channel application capability of V2_5 or later is required',
    ],
    [
      { capabilities: ['V1_2'] },
      batch(record(kinds.PUT_STATE_METADATA, 'k')),
      'key level endorsement is not enabled, channel application capability of V1_3 or later is required',
    ],
    [{}, batch(record(kinds.PUT_STATE, 'k', 'none')), 'collection mychannel/kv/none could not be found'],
    [{}, Buffer.from([0xff]), 'unmarshal failed: proto: cannot parse invalid wire-format data'],
  ]
  for (const [options, payload, message] of cases) {
    using it = await transactionOn(options)
    assert.throws(() => state.writeBatch(payload, it.transaction), { message })
  }
  using init = await transactionOn({}, true)
  const message = 'private data APIs are not allowed in chaincode Init()'
  for (const refused of [
    () => state.writeBatch(batch(record(kinds.PUT_STATE, 'k', 'secrets')), init.transaction),
    () => state.getPrivateDataHash(new peer.GetState().serializeBinary(), init.transaction),
  ]) {
    assert.throws(refused, { message })
  }
})

test('a call that is over answers nothing any more', async () => {
  using it = await transactionOn()
  it.transaction[Symbol.dispose]()
  assert.throws(() => state.getState(new peer.GetState().serializeBinary(), it.transaction), {
    message: 'no ledger context',
  })
})

test('contracts are told what they may send at once', async () => {
  const told: peer.ChaincodeAdditionalParams.AsObject[] = []
  await using service = await openFakeService({
    id: 'kv_1:01',
    onMessage(message, stream) {
      const payload = message.getPayload_asU8()
      if (message.getType() === Type.READY)
        told.push(peer.ChaincodeAdditionalParams.deserializeBinary(payload).toObject())
      if (message.getType() === Type.TRANSACTION) stream.write(completed(message, 200))
    },
  })
  using channel = testChannel('mychannel')
  const deployed = [{ definition: definitionOf('kv'), installed: packageAt('kv_1:01', service.address) }]
  const runtimeParams = {
    useWriteBatch: true,
    maxSizeWriteBatch: 7,
    useGetMultipleKeys: false,
    maxSizeGetMultipleKeys: 9,
  }
  await using calling = openCalling({ channels: [channel], deployed, runtimeParams })
  await calling.call('kv', ['x'])
  assert.deepEqual(told, [runtimeParams])
})
