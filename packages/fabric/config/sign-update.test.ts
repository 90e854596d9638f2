import assert from 'node:assert/strict'
import { verify, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { common, msp } from '@hyperledger/fabric-protos'
import { concatBytes } from '../codec/index.ts'
import { createOrganizationAuthorities, enrol, signerOf } from '../identity/index.ts'
import { configUpdateEnvelope, signConfigUpdateByAll } from './sign-update.ts'

function adminOf(number: number) {
  const { enrolment } = createOrganizationAuthorities({ domain: `org${number}.example.com` })
  return signerOf({ mspId: `Org${number}MSP`, ...enrol(enrolment, { name: 'admin', role: 'admin' }) })
}

function updateOf(channelId: string): Uint8Array {
  const update = new common.ConfigUpdate()
  update.setChannelId(channelId)
  return update.serializeBinary()
}

test('every organization signs the same update, each with its own header', async () => {
  const signers = [adminOf(1), adminOf(2)]
  const update = updateOf('channel')
  const signatures = await signConfigUpdateByAll(update, signers)
  for (const [index, signature] of signatures.entries()) {
    const header = signature.getSignatureHeader_asU8()
    const creator = common.SignatureHeader.deserializeBinary(header).getCreator_asU8()
    const { certificate, mspId } = signers[index] ?? adminOf(0)
    assert.equal(msp.SerializedIdentity.deserializeBinary(creator).getMspid(), mspId)
    const key = new X509Certificate(certificate).publicKey
    assert.ok(verify('sha256', concatBytes(header, update), key, signature.getSignature_asU8()), mspId)
  }
})

test('the envelope to broadcast holds the update as it was signed, under the submitter', async () => {
  const submitter = adminOf(1)
  const update = updateOf('channel')
  const signatures = await signConfigUpdateByAll(update, [submitter, adminOf(2)])
  const timestamp = new Date(1_700_000_000_000)
  const envelope = await configUpdateEnvelope({ update, signatures, submitter, timestamp })
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8())
  const header = common.ChannelHeader.deserializeBinary(payload.getHeader()?.getChannelHeader_asU8() ?? update)
  assert.deepEqual(
    [header.getType(), header.getChannelId(), header.getTimestamp()?.toDate()],
    [common.HeaderType.CONFIG_UPDATE, 'channel', timestamp],
  )
  const content = common.ConfigUpdateEnvelope.deserializeBinary(payload.getData_asU8())
  assert.deepEqual(content.getConfigUpdate_asU8(), update)
  assert.equal(content.getSignaturesList().length, 2)
})

test('an update that names no channel, or holds what we do not know, is not sent', async () => {
  const parts = { signatures: [], submitter: adminOf(1) }
  await assert.rejects(configUpdateEnvelope({ ...parts, update: updateOf('') }), { code: 'INVALID' })
  const unknown = concatBytes(updateOf('channel'), Uint8Array.of(0x9a, 0x06, 1, 0x78))
  await assert.rejects(configUpdateEnvelope({ ...parts, update: unknown }), { code: 'UNKNOWN_FIELDS' })
})
