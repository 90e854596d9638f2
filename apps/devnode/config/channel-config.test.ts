/** Configs that configtxgen made, and updates that configtxlator computed of them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import { configOfBlock } from '../ordering/channels.ts'
import { ordererTls } from './propose-update.ts'
import { checkImplemented, readRaftMetadata } from './raft-metadata.ts'
import { applyUpdate } from './update-rules.ts'

const vector = (file: string) =>
  new Uint8Array(readFileSync(new URL(`../../../test/vectors/config/${file}`, import.meta.url)))

test('genesis blocks of Fabric’s own tool are read whole', () => {
  for (const file of ['raft.block', 'raft-2.5.16.block', 'bft.block']) {
    const config = configOfBlock(vector(file))
    assert.equal(config.sequence, 0, file)
    assert.ok(config.hasApplication, file)
    assert.ok(config.memberships.has('OrdererMSP'), file)
  }
})

test('an organization that nobody can administer is refused, as Fabric’s MSP does from 1.4.2 on', () => {
  assert.throws(() => configOfBlock(vector('wide.block')), /administrators must be declared/)
})

test('Raft with one consenter is taken, BFT is not implemented', () => {
  const raft = configOfBlock(vector('raft.block'))
  checkImplemented(raft.orderer.consensusType, raft.orderer.consensusMetadata)
  assert.equal(readRaftMetadata(raft.orderer.consensusMetadata, ordererTls(raft)).getConsentersList().length, 1)
  const bft = configOfBlock(vector('bft.block'))
  assert.throws(() => checkImplemented(bft.orderer.consensusType, bft.orderer.consensusMetadata), /UNIMPLEMENTED.*BFT/)
})

test('every recorded update of the Raft channel fits its config and lacks only signatures', () => {
  const current = configOfBlock(vector('raft.block'))
  const updates: Record<string, string> = JSON.parse(new TextDecoder().decode(vector('updates.json')))
  let tried = 0
  for (const [name, encoded] of Object.entries(updates)) {
    const bytes = Buffer.from(encoded, 'base64')
    if (common.ConfigUpdate.deserializeBinary(bytes).getChannelId() !== current.channel) continue
    const envelope = new common.ConfigUpdateEnvelope()
    envelope.setConfigUpdate(bytes)
    assert.throws(
      () => applyUpdate(current, envelope),
      /not satisfied: (implicit policy evaluation failed|signature set did not satisfy)/,
      name,
    )
    const everybody = { ...current, policies: openTo(current.policies) }
    assert.ok(applyUpdate(everybody, envelope).getGroupsMap().getLength() === 2, name)
    tried++
  }
  assert.ok(tried >= 5)
})

/** The same tree with every policy satisfied by anybody. */
function openTo(tree: typeof current.policies): typeof current.policies {
  return {
    path: tree.path,
    policies: new Map([...tree.policies.keys()].map((name) => [name, () => undefined])),
    children: new Map([...tree.children].map(([name, child]) => [name, openTo(child)])),
  }
}
const current = configOfBlock(vector('raft.block'))
