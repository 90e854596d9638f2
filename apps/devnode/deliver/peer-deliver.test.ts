import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelHeader, payloadBytes, signatureHeader } from '@cello/fabric/codec'
import { credentials } from '@grpc/grpc-js'
import { common, orderer, peer } from '@hyperledger/fabric-protos'
import type { PeerChannel } from '../committing/peer-channel.ts'
import { type TestMember, testOrganization } from '../endorsement/testing/test-organization.ts'
import { serve } from '../gateway/testing/test-gateway.ts'
import { signedBy, testChannels, testConfig, testLifecycle, testPeerChannel } from '../neighbours/testing/test-peers.ts'
import { peerDeliverDefinition, peerDeliverService } from './peer-deliver.ts'
import { testBlock } from './testing/test-blocks.ts'

const [one, two] = [testOrganization('Org1MSP'), testOrganization('Org2MSP')]
const [member, stranger] = [one.member('client'), two.member('client')]
const { Status } = common
const { SeekInfo, SeekPosition } = orderer

/** Blocks 0, 1, 2; private data in block 1, in a collection that Org1's members alone may read, and in another. */
async function running() {
  const config = testConfig({ channel: 'orders', organizations: [one, two] })
  const base = testPeerChannel(config, 3)
  const blocks = ['first', 'second', 'invalid'].map((txId, number) => testBlock(number, txId))
  const writes = ['ours', 'everybodys', '_implicit_org_Org1MSP'].map((collection) => ({
    transaction: 0,
    namespace: 'basic',
    collection,
    writes: Buffer.from(collection),
  }))
  const more = {
    store: { read: async (number: number) => blocks[number] ?? new Uint8Array() },
    privateData: { committed: (number: number) => (number === 1 ? writes : []) },
    changed: (signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  }
  const channel = Object.defineProperties({} as PeerChannel, {
    ...Object.getOwnPropertyDescriptors(base),
    ...Object.getOwnPropertyDescriptors(more),
  })
  const channels = testChannels()
  channels.add(channel)
  const collections = ['ours', 'everybodys'].map((name) => {
    const members = new peer.CollectionPolicyConfig()
    members.setSignaturePolicy(signedBy(1, ['Org1MSP']))
    const collection = new peer.StaticCollectionConfig()
    collection.setName(name)
    collection.setMemberOrgsPolicy(members)
    collection.setMemberOnlyRead(name === 'ours')
    return collection
  })
  const asked: string[] = []
  const service = peerDeliverService({
    channels,
    access: {
      checkChannel(_channel, resource, { identity }) {
        asked.push(resource)
        const { mspId } = one
        if (resource === 'event/Block' || Buffer.from(identity).includes(mspId)) return
        throw new Error('access denied')
      },
      checkLocal: () => undefined,
    },
    lifecycle: testLifecycle(new Map([['basic', { collections }]]), new Set()),
    timeWindowMs: 900_000,
    mutualTls: false,
  })
  const server = await serve(peerDeliverDefinition, service)
  const client = new peer.DeliverClient(server.address, credentials.createInsecure())
  return {
    client,
    asked,
    [Symbol.dispose]() {
      client.close()
      server[Symbol.dispose]()
    },
  }
}

interface Asking {
  readonly signer?: TestMember
  readonly from?: number
  readonly to?: number
  readonly channel?: string
  readonly time?: Date
}

function request({ signer = member, from = 0, to = 2, channel = 'orders', time = new Date() }: Asking) {
  const place = (number: number) => {
    const specified = new orderer.SeekSpecified()
    specified.setNumber(number)
    const position = new SeekPosition()
    position.setSpecified(specified)
    return position
  }
  const seek = new SeekInfo()
  seek.setStart(place(from))
  seek.setStop(place(to))
  const header = channelHeader({ type: common.HeaderType.DELIVER_SEEK_INFO, channelId: channel, timestamp: time })
  const payload = payloadBytes(header, signatureHeader(signer.serialized, Buffer.from('nonce')), seek.serializeBinary())
  const envelope = new common.Envelope()
  envelope.setPayload(payload)
  envelope.setSignature(signer.sign(payload))
  return envelope
}

type Kind = 'deliver' | 'deliverFiltered' | 'deliverWithPrivateData'

async function ask(client: peer.DeliverClient, kind: Kind, asking: Asking = {}): Promise<peer.DeliverResponse[]> {
  const call = client[kind]()
  call.write(request(asking))
  call.end()
  return call.toArray()
}

test('blocks come whole and filtered, each by its own right, and end with a status', async () => {
  using node = await running()
  const blocks = await ask(node.client, 'deliver', { from: 1 })
  assert.deepEqual(
    blocks.map((one) => one.getBlock()?.getHeader()?.getNumber() ?? one.getStatus()),
    [1, 2, 200],
  )
  assert.deepEqual(Buffer.from(blocks[0]?.getBlock()?.serializeBinary() ?? []), Buffer.from(testBlock(1, 'second')))
  const [, , third] = await ask(node.client, 'deliverFiltered')
  assert.deepEqual(third?.getFilteredBlock()?.toObject(), {
    channelId: 'orders',
    number: 2,
    filteredTransactionsList: [
      {
        txid: 'invalid',
        type: common.HeaderType.ENDORSER_TRANSACTION,
        txValidationCode: peer.TxValidationCode.MVCC_READ_CONFLICT,
        transactionActions: {
          chaincodeActionsList: [
            { chaincodeEvent: { chaincodeId: 'basic', txId: 'invalid', eventName: 'changed', payload: '' } },
          ],
        },
      },
    ],
  })
  assert.deepEqual([...new Set(node.asked)], ['event/Block', 'event/FilteredBlock'])
})

test('requests that may not be served end with Fabric’s statuses', async () => {
  using node = await running()
  const status = async (kind: Kind, asking: Asking) => (await ask(node.client, kind, asking)).at(-1)?.getStatus()
  assert.equal(await status('deliverFiltered', { signer: stranger }), Status.FORBIDDEN)
  assert.equal(await status('deliver', { signer: one.member('client', { expired: true }) }), Status.FORBIDDEN)
  assert.equal(await status('deliver', { channel: 'nowhere' }), Status.NOT_FOUND)
  assert.equal(await status('deliver', { from: 9 }), Status.NOT_FOUND)
  assert.equal(await status('deliver', { from: 2, to: 1 }), Status.BAD_REQUEST)
  assert.equal(await status('deliver', { time: new Date(Date.now() - 1_000_000) }), Status.BAD_REQUEST)
})

test('private data that its members alone may read is kept from others', async () => {
  using node = await running()
  const collections = async (signer: TestMember) => {
    const [answer] = await ask(node.client, 'deliverWithPrivateData', { signer, from: 1, to: 1 })
    const data = answer?.getBlockAndPrivateData()
    assert.equal(data?.getBlock()?.getHeader()?.getNumber(), 1)
    const sets = data?.getPrivateDataMapMap().get(0)?.getNsPvtRwsetList() ?? []
    return sets.flatMap((set) => set.getCollectionPvtRwsetList().map((one) => one.getCollectionName()))
  }
  assert.deepEqual(await collections(member), ['ours', 'everybodys', '_implicit_org_Org1MSP'])
  assert.deepEqual(await collections(stranger), ['everybodys', '_implicit_org_Org1MSP'])
})
