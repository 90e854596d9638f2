/** For tests only: messages, updates and requests in a fixed order, and what is seen of the answers. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import type { Signer } from '@cello/fabric'
import * as config from '@cello/fabric/config'
import { createOrganizationAuthorities, createRevocationList, enrol, signerOf } from '@cello/fabric/identity'
import { configBlockFromOrderer } from '@cello/fabric/ordering'
import { common, orderer as protos } from '@hyperledger/fabric-protos'
import type { Scenario, Seen } from './agreement/scenario.ts'
import { forged, headless, message, nobody, seek, type UpdateOptions, update, withSignature } from './messages.ts'
import { channel, type Ordering, type RunningOrderer } from './ordering.ts'
import { askForBlocks, type BroadcastAnswer, sendEnvelope } from './raw-clients.ts'

export interface World {
  readonly ordering: Ordering
  readonly running: RunningOrderer
}

type GrpcScenario = Scenario<World>

const dayMs = 24 * 3_600_000

function member({ members }: Ordering, role: 'client' | 'admin', lifetimeDays = 10, ago = 0): Signer {
  const issuing = { now: () => Date.now() - ago, serialNumber: () => Uint8Array.of(1, role.length, ago > 0 ? 7 : 9) }
  return signerOf({ mspId: 'Org1MSP', ...enrol(members.enrolment, { name: 'x', role, lifetimeDays }, issuing) })
}

function stranger(mspId: string): Signer {
  const { enrolment } = createOrganizationAuthorities({ domain: 'elsewhere.com' })
  return signerOf({ mspId, ...enrol(enrolment, { name: 'x', role: 'admin' }) })
}

const send = async ({ running }: World, envelope: common.Envelope | Promise<common.Envelope>): Promise<Seen> =>
  withoutDecoder(await sendEnvelope(running.connection, await envelope))

/** What Go's decoder of protobuf or of certificates says is its own. */
function withoutDecoder({ status, info }: BroadcastAnswer): Seen {
  return { status, info: info.replace(/(error unmarshalling|proto:|x509:).*/s, '$1 …') }
}

const block = ({ running, ordering }: World) =>
  configBlockFromOrderer(running.connection, ordering.ordererAdmin, channel)

type Edit = (config: common.Config) => common.Config

async function change(world: World, edit: Edit, options: Partial<UpdateOptions> = {}): Promise<Seen> {
  const { ordererAdmin, memberAdmin } = world.ordering
  const signers = [ordererAdmin, memberAdmin]
  const before = await block(world)
  const seen = await send(world, update(before, edit, { signers, submitter: ordererAdmin, ...options }))
  if (seen.status === 'SUCCESS') await moved(world, config.configFromBlock(before).config.getSequence())
  return seen
}

async function moved(world: World, sequence: number): Promise<void> {
  const end = Date.now() + 60_000
  while (config.configFromBlock(await block(world)).config.getSequence() === sequence) {
    assert.ok(Date.now() < end, 'the config did not move')
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

const smaller: Edit = (it) => config.setBatch(it, { maxMessageCount: 9 })
const smallest: Edit = (it) => config.setBatch(it, { maxMessageCount: 8 })
const inOrderer = (bend: (group: common.ConfigGroup) => void) => (message: common.ConfigUpdate) => {
  const group = message.getWriteSet()?.getGroupsMap().get('Orderer')
  assert.ok(group)
  bend(group)
}

export const broadcastScenarios: readonly GrpcScenario[] = [
  ['a message', (world) => send(world, message(world.ordering.member, 'hello'))],
  ['an empty envelope', (world) => send(world, new common.Envelope())],
  ['an envelope without a header', (world) => send(world, headless())],
  ['an unknown channel', (world) => send(world, message(world.ordering.member, 'x', { channelId: 'nowhere' }))],
  ['a config', (world) => send(world, message(world.ordering.member, 'x', { type: common.HeaderType.CONFIG }))],
  [
    'an orderer transaction',
    (world) => send(world, message(world.ordering.member, 'x', { type: common.HeaderType.ORDERER_TRANSACTION })),
  ],
  [
    'a signature of nothing',
    async (world) => send(world, withSignature(await message(world.ordering.member, 'x'), new Uint8Array())),
  ],
  ['a signature by another', (world) => send(world, forged(world.ordering.member, world.ordering.memberAdmin, 'x'))],
  ['an unknown organization', (world) => send(world, message(stranger('Org7MSP'), 'x'))],
  ['a stranger under a known name', (world) => send(world, message(stranger('Org1MSP'), 'x'))],
  ['no certificate', (world) => send(world, message(nobody(world.ordering.member), 'x'))],
  ['an expired certificate', (world) => send(world, message(member(world.ordering, 'client', 1, 3 * dayMs), 'x'))],
  [
    'too large a message',
    async (world) => {
      const { status, info } = await send(world, message(world.ordering.member, Buffer.alloc(100_001)))
      return { status, info: String(info).replace(/is \d+ bytes/, 'is … bytes') }
    },
  ],
  ['a message larger than a batch likes', (world) => send(world, message(world.ordering.member, Buffer.alloc(30_000)))],
]

export const updateScenarios: readonly GrpcScenario[] = [
  ['an update without signatures', (world) => change(world, smaller, { signers: [] })],
  ['an update signed by a member', (world) => change(world, smaller, { signers: [world.ordering.member] })],
  [
    'an update signed by the wrong organization',
    (world) => change(world, smaller, { signers: [world.ordering.memberAdmin] }),
  ],
  ['an update submitted by a stranger', (world) => change(world, smaller, { submitter: stranger('Org1MSP') })],
  [
    'an update for another channel',
    (world) => change(world, smaller, { bend: (message) => message.setChannelId('elsewhere') }),
  ],
  [
    'an update that reads an old version',
    (world) =>
      change(world, smaller, { bend: (message) => message.getReadSet()?.getGroupsMap().get('Orderer')?.setVersion(5) }),
  ],
  [
    'an update that reads what is not there',
    (world) =>
      change(world, smaller, {
        bend: (message) => message.getReadSet()?.getGroupsMap().set('Elsewhere', new common.ConfigGroup()),
      }),
  ],
  [
    'an update that skips a version',
    (world) =>
      change(world, smaller, { bend: inOrderer((group) => group.getValuesMap().get('BatchSize')?.setVersion(4)) }),
  ],
  [
    'an update that changes nothing',
    (world) => change(world, smaller, { bend: (message) => message.setWriteSet(message.getReadSet()?.cloneMessage()) }),
  ],
  [
    'an update without a mod policy',
    (world) =>
      change(world, smaller, { bend: inOrderer((group) => group.getValuesMap().get('BatchSize')?.setModPolicy('')) }),
  ],
  [
    'a batch of none',
    (world) =>
      change(world, (it) => config.setBatch(it, { maxMessageCount: 1 }), {
        bend: inOrderer((group) => {
          const size = new protos.BatchSize()
          size.setAbsoluteMaxBytes(1_000)
          size.setPreferredMaxBytes(1_000)
          group.getValuesMap().get('BatchSize')?.setValue(size.serializeBinary())
        }),
      }),
  ],
  [
    'a time-out that is none',
    (world) =>
      change(world, (it) => config.setBatch(it, { timeout: '1s' }), {
        bend: inOrderer((group) => {
          const time = new protos.BatchTimeout()
          time.setTimeout('soon')
          group.getValuesMap().get('BatchTimeout')?.setValue(time.serializeBinary())
        }),
      }),
  ],
  [
    'a value that nobody knows',
    (world) =>
      change(world, smaller, {
        bend: inOrderer((group) => {
          const value = new common.ConfigValue()
          value.setModPolicy('Admins')
          group.setVersion(1)
          group.getValuesMap().set('Colour', value)
        }),
      }),
  ],
  [
    'ticks that cannot be',
    (world) =>
      change(world, (it) => config.setRaftOptions(it, { electionTick: 12 }), {
        bend: inOrderer((group) => {
          const value = group.getValuesMap().get('ConsensusType')
          assert.ok(value)
          const type = protos.ConsensusType.deserializeBinary(value.getValue_asU8())
          const metadata = protos.etcdraft.ConfigMetadata.deserializeBinary(type.getMetadata_asU8())
          metadata.getOptions()?.setElectionTick(1)
          type.setMetadata(metadata.serializeBinary())
          value.setValue(type.serializeBinary())
        }),
      }),
  ],
  ['a good update', (world) => change(world, smaller)],
  [
    'the same update again',
    async (world) => {
      const { ordererAdmin, memberAdmin } = world.ordering
      const [genesis] = (await askForBlocks(world.running.connection, await seek(ordererAdmin, { from: 0, to: 0 })))
        .blocks
      assert.ok(genesis)
      return send(world, update(genesis, smaller, { signers: [ordererAdmin, memberAdmin], submitter: ordererAdmin }))
    },
  ],
  [
    'an organization more',
    (world) => {
      const { enrolment, tls } = createOrganizationAuthorities({ domain: 'org2.example.com' })
      const msp = {
        mspId: 'Org2MSP',
        rootCertificates: [enrolment.certificate],
        tlsRootCertificates: [tls.certificate],
      }
      return change(world, (it) => config.addApplicationOrganization(it, { name: 'Org2MSP', msp }))
    },
  ],
  [
    'half of the organizations sign',
    (world) => change(world, (it) => config.setAcls(it, { 'peer/Propose': '/Channel/Readers' })),
  ],
  [
    'a member is revoked',
    (world) => {
      const { serialNumber } = new X509Certificate(member(world.ordering, 'client').certificate)
      const revoked = [{ serialNumber: serialNumber.toLowerCase(), revokedAt: Date.now() }]
      const list = createRevocationList(world.ordering.members.enrolment, { revoked, number: 1 })
      return change(world, (it) => config.updateMsp(it, 'Org1MSP', { revocationLists: [list] }))
    },
  ],
  ['a revoked member’s message', (world) => send(world, message(member(world.ordering, 'client'), 'x'))],
  ['another member’s message', (world) => send(world, message(world.ordering.member, 'x'))],
]

/** The config in maintenance, or out of it. */
const maintained =
  (isOn: boolean): Edit =>
  (it) => {
    const copy = it.cloneMessage()
    const ordering = copy.getChannelGroup()?.getGroupsMap().get('Orderer')?.getValuesMap().get('ConsensusType')
    assert.ok(ordering)
    const { STATE_MAINTENANCE, STATE_NORMAL } = protos.ConsensusType.State
    const type = protos.ConsensusType.deserializeBinary(ordering.getValue_asU8())
    type.setState(isOn ? STATE_MAINTENANCE : STATE_NORMAL)
    ordering.setValue(type.serializeBinary())
    return copy
  }

export const maintenanceScenarios: readonly GrpcScenario[] = [
  ['maintenance and a change', (world) => change(world, (it) => smallest(maintained(true)(it)))],
  ['maintenance', (world) => change(world, maintained(true))],
  ['a message in maintenance', (world) => send(world, message(world.ordering.member, 'x'))],
  ['a member’s request in maintenance', (world) => read(world, { from: 0, to: 0 }, world.ordering.member)],
  [
    'a member’s update in maintenance',
    (world) => change(world, maintained(false), { submitter: world.ordering.memberAdmin }),
  ],
  ['out of maintenance', (world) => change(world, maintained(false))],
  ['a message after maintenance', (world) => send(world, message(world.ordering.member, 'x'))],
]

export const deliverScenarios: readonly GrpcScenario[] = [
  ['the first block', (world) => read(world, { from: 'oldest', to: 'oldest' })],
  ['blocks by number', (world) => read(world, { from: 0, to: 1 })],
  ['headers by number', (world) => read(world, { from: 0, to: 1, headersOnly: true })],
  ['the newest block', async (world) => ({ ...(await read(world, { from: 'newest', to: 'newest' })), blocks: '…' })],
  ['backwards', (world) => read(world, { from: 1, to: 0 })],
  ['a place beyond the next', (world) => read(world, { from: 900, to: 901 })],
  ['beyond the end, if it is there', (world) => read(world, { from: 'next', to: 900, failsIfMissing: true })],
  ['no start', (world) => read(world, { to: 1 })],
  ['no stop', (world) => read(world, { from: 1 })],
  ['an unknown channel’s blocks', (world) => read(world, { from: 0, to: 0, channelId: 'nowhere' })],
  ['a request of yesterday', (world) => read(world, { from: 0, to: 0, timestamp: new Date(Date.now() - dayMs) })],
  ['a stranger’s request', (world) => read(world, { from: 0, to: 0 }, stranger('Org1MSP'))],
  ['a request of no organization here', (world) => read(world, { from: 0, to: 0 }, stranger('Org7MSP'))],
  ['a member’s request', (world) => read(world, { from: 0, to: 0 }, world.ordering.member)],
]

async function read(
  world: World,
  range: Parameters<typeof seek>[1],
  signer = world.ordering.ordererAdmin,
): Promise<Seen> {
  const answer = await askForBlocks(world.running.connection, await seek(signer, range))
  return { status: answer.status, blocks: answer.blocks.map(describeBlock) }
}

/** A block's structure without what differs from run to run: keys, times, hashes. */
function describeBlock(message: common.Block): Seen {
  const slots = message.getMetadata()?.getMetadataList_asU8() ?? []
  const signatures = common.Metadata.deserializeBinary(slots[0] ?? new Uint8Array())
  const content = common.OrdererBlockMetadata.deserializeBinary(signatures.getValue_asU8())
  const raft = common.Metadata.deserializeBinary(content.getConsenterMetadata_asU8()).getValue_asU8()
  const { consenterIdsList, nextConsenterId } = protos.etcdraft.BlockMetadata.deserializeBinary(raft).toObject()
  return {
    number: message.getHeader()?.getNumber(),
    previousHashBytes: message.getHeader()?.getPreviousHash_asU8().length,
    dataHashBytes: message.getHeader()?.getDataHash_asU8().length,
    envelopes: message.getData()?.getDataList().length ?? null,
    slots: slots.map((slot) => slot.length > 0),
    signatures: signatures.getSignaturesList().length,
    lastConfig: content.getLastConfig()?.getIndex() ?? null,
    lastConfigSlot: common.LastConfig.deserializeBinary(
      common.Metadata.deserializeBinary(slots[1] ?? new Uint8Array()).getValue_asU8(),
    ).getIndex(),
    consenters: { consenterIdsList, nextConsenterId },
  }
}
