import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orderer } from '@hyperledger/fabric-protos'
import { fromHex, toHex } from '../codec/index.ts'
import { readVectorText } from '../testing/config-vectors.ts'
import { sampleOptions } from '../testing/sample-channels.ts'
import { applyBftOptions, applyRaftOptions, decodeBftOptions, decodeRaftOptions } from './consensus-value.ts'
import { checkBftOptions, checkRaftOptions } from './spec-check.ts'

const recorded: Readonly<Record<'etcdraft' | 'BFT', string>> = JSON.parse(readVectorText('options.json'))

test('each option of Raft stands where configtxgen writes it', () => {
  const { Options } = orderer.etcdraft
  assert.equal(toHex(applyRaftOptions(new Options(), sampleOptions.etcdraft).serializeBinary()), recorded.etcdraft)
  assert.deepEqual(decodeRaftOptions(Options.deserializeBinary(fromHex(recorded.etcdraft))), sampleOptions.etcdraft)
  checkRaftOptions(sampleOptions.etcdraft)
})

test('each option of BFT stands where configtxgen writes it', () => {
  const { Options } = orderer.smartbft
  assert.equal(toHex(applyBftOptions(new Options(), sampleOptions.BFT).serializeBinary()), recorded.BFT)
  assert.deepEqual(decodeBftOptions(Options.deserializeBinary(fromHex(recorded.BFT))), sampleOptions.BFT)
  checkBftOptions(sampleOptions.BFT)
})
