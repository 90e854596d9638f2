import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common, ledger, msp, peer } from '@hyperledger/fabric-protos'
import { definitionOf, lifecycleOf, testChannel } from '../contracts/testing/test-channel.ts'
import type { PrivateOffer } from '../neighbours/private-exchange.ts'
import { keepPrivate } from './keep-private.ts'

interface Wanted {
  readonly member?: string
  readonly required?: number
  readonly most?: number
}

function collection(name: string, { member = 'Org1MSP', required = 0, most = 1 }: Wanted): peer.StaticCollectionConfig {
  const role = new msp.MSPRole()
  role.setMspIdentifier(member)
  const principal = new msp.MSPPrincipal()
  principal.setPrincipal(role.serializeBinary())
  const envelope = new common.SignaturePolicyEnvelope()
  envelope.addIdentities(principal)
  const policy = new peer.CollectionPolicyConfig()
  policy.setSignaturePolicy(envelope)
  const config = new peer.StaticCollectionConfig()
  config.setName(name)
  config.setMemberOrgsPolicy(policy)
  config.setRequiredPeerCount(required)
  config.setMaximumPeerCount(most)
  return config
}

function writesTo(...collections: string[]): Uint8Array {
  const part = new ledger.rwset.NsPvtReadWriteSet()
  part.setNamespace('kv')
  for (const name of collections) {
    const written = new ledger.rwset.CollectionPvtReadWriteSet()
    written.setCollectionName(name)
    written.setRwset(Buffer.from(`secret of ${name}`))
    part.addCollectionPvtRwset(written)
  }
  const set = new ledger.rwset.TxPvtReadWriteSet()
  set.addNsPvtRwset(part)
  return set.serializeBinary()
}

/** Keeps writes to these collections where so many peers take them. @returns what was offered, and what was kept */
async function kept(
  collections: Readonly<Record<string, Wanted>>,
  takers: number | Promise<number>,
  more: string[] = [],
) {
  using channel = testChannel('mychannel')
  const configs = Object.entries(collections).map(([name, wanted]) => collection(name, wanted))
  const lifecycle = lifecycleOf([{ definition: definitionOf('kv', { collections: configs }) }])
  const offered: PrivateOffer[] = []
  const push = async (offer: PrivateOffer) => {
    offered.push(offer)
    return takers
  }
  const bytes = writesTo(...Object.keys(collections), ...more)
  await keepPrivate({ channel, txId: 'tx', bytes }, { lifecycle, mspId: 'Org1MSP', privateExchange: () => ({ push }) })
  const endorsed = channel.privateData.endorsed('tx').map((one) => Buffer.from(one))
  assert.deepEqual(endorsed, [Buffer.from(bytes)])
  return offered.map(({ writes }) => Buffer.from(writes).toString())
}

test('the organization’s other peers get what is theirs, and not what they ask for only when it is committed', async () => {
  const collections = { own: {}, foreign: { member: 'Org2MSP' }, asked: { most: 0 } }
  const [offer = '', ...others] = await kept(collections, 1, ['_implicit_org_Org1MSP', '_implicit_org_Org2MSP'])
  assert.deepEqual(others, [])
  const shared = ['own', '_implicit_org_Org1MSP']
  for (const name of shared) assert.ok(offer.includes(`secret of ${name}`), name)
  for (const name of ['foreign', 'asked', '_implicit_org_Org2MSP']) assert.ok(!offer.includes(name), name)
  assert.deepEqual(await kept({ foreign: { member: 'Org2MSP' } }, 1), [])
})

test('a collection that demands copies gets them, or the proposal fails in Fabric’s words', async () => {
  assert.equal((await kept({ own: { required: 1 } }, 1)).length, 1)
  const words = (count: number, eligible: number, name = 'own') =>
    `failed to distribute private collection, txID tx, channel mychannel: could not build private data dissemination plan for chaincode kv and collection ${name}: required to disseminate to at least ${count} peers, but know of only ${eligible} eligible peers`
  await assert.rejects(kept({ own: { required: 2 } }, 1), { message: words(2, 1) })
  await assert.rejects(kept({ own: { required: 1 } }, 0), { message: words(1, 0) })
  await assert.rejects(kept({ foreign: { member: 'Org2MSP', required: 1 } }, 5), { message: words(1, 0, 'foreign') })
})

test('where no copy is demanded, a peer that is slow holds nobody up', async () => {
  const never = new Promise<number>(() => {})
  assert.equal((await kept({ own: {} }, never)).length, 1, 'it was offered, and kept here without an answer')
})
