/** Members whose authority is not one of ours, in front of Fabric's own signer. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { common, msp } from '@hyperledger/fabric-protos'
import { realFabric } from '../testing/real-fabric.ts'
import { run, writeTree } from '../testing/real-node.ts'
import * as oracle from '../testing/x509-oracle.ts'
import { normalizeCertificate } from './certificate.ts'
import { newPrivateKey, publicKeyInfoOf } from './keys.ts'
import { nodeUnitsYaml } from './msp-files.ts'

const year = { notBefore: new Date('2026-01-01'), notAfter: new Date('2060-01-01') }

/** A member's MSP folder by an authority with keys of that kind, which hashes otherwise than our own. */
async function memberOf(kind: oracle.KeyKind, hash: 'SHA-256' | 'SHA-384') {
  const keys = oracle.foreignKeys(kind)
  const signingAlgorithm = { ...keys.signingAlgorithm, hash }
  const extensions = [
    new oracle.BasicConstraintsExtension(true),
    await oracle.SubjectKeyIdentifierExtension.create(keys.publicKey),
  ]
  const name = 'CN=ca'
  const authority = await oracle.X509CertificateGenerator.createSelfSigned({
    name,
    ...year,
    keys,
    signingAlgorithm,
    extensions,
  })
  const privateKey = newPrivateKey()
  const info = Buffer.from(publicKeyInfoOf(privateKey))
  const certificate = await oracle.X509CertificateGenerator.create({
    subject: 'OU=client, CN=user',
    issuer: name,
    ...year,
    signingAlgorithm,
    signingKey: keys.privateKey,
    publicKey: new oracle.PublicKey(info),
  })
  return {
    certificate: certificate.toString('pem'),
    files: {
      'cacerts/ca.pem': authority.toString('pem'),
      'signcerts/user.pem': certificate.toString('pem'),
      'keystore/priv_sk': privateKey,
      'config.yaml': nodeUnitsYaml(),
    },
  }
}

/** A config update that says nothing, to be signed. */
function emptyUpdate(): Uint8Array {
  const update = new common.ConfigUpdateEnvelope()
  update.setConfigUpdate(new common.ConfigUpdate().serializeBinary())
  const channelHeader = new common.ChannelHeader()
  channelHeader.setType(common.HeaderType.CONFIG_UPDATE)
  channelHeader.setChannelId('c')
  const header = new common.Header()
  header.setChannelHeader(channelHeader.serializeBinary())
  const payload = new common.Payload()
  payload.setHeader(header)
  payload.setData(update.serializeBinary())
  const envelope = new common.Envelope()
  envelope.setPayload(payload.serializeBinary())
  return envelope.serializeBinary()
}

function signerOfUpdate(envelope: Uint8Array): string {
  const payload = common.Payload.deserializeBinary(common.Envelope.deserializeBinary(envelope).getPayload_asU8())
  const [signature] = common.ConfigUpdateEnvelope.deserializeBinary(payload.getData_asU8()).getSignaturesList()
  const header = common.SignatureHeader.deserializeBinary(signature?.getSignatureHeader_asU8() ?? new Uint8Array())
  const identity = msp.SerializedIdentity.deserializeBinary(header.getCreator_asU8())
  return Buffer.from(identity.getIdBytes_asU8()).toString()
}

const fabric = realFabric('3.1.5', ['peer'])

test('certificates of authorities with other keys are normalized as Fabric rewrites them', {
  skip: fabric.skip,
}, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'cello-foreign-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const env = { FABRIC_CFG_PATH: fabric.config, CORE_PEER_LOCALMSPID: 'ForeignMSP', CORE_PEER_MSPCONFIGPATH: folder }
  for (const [kind, hash] of [
    ['P-384', 'SHA-256'],
    ['P-384', 'SHA-384'],
    ['P-256', 'SHA-384'],
    ['RSA', 'SHA-256'],
  ] as const) {
    // Half of all signatures are high.
    for (let round = 0; round < 4; round += 1) {
      const { certificate, files } = await memberOf(kind, hash)
      writeTree(folder, files)
      writeFileSync(join(folder, 'update.tx'), emptyUpdate())
      const args = ['channel', 'signconfigtx', '-f', join(folder, 'update.tx')]
      const { code, text } = await run(fabric.program('peer'), args, env)
      assert.equal(code, 0, text)
      const theirs = signerOfUpdate(readFileSync(join(folder, 'update.tx')))
      assert.equal(normalizeCertificate(certificate), theirs, `${kind} ${hash}`)
    }
  }
})
