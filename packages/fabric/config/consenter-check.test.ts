import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vectorSpec } from '../testing/config-vectors.ts'
import * as oracle from '../testing/x509-oracle.ts'
import { checkBftConsenters } from './consenter-check.ts'

test('a BFT identity that is for RSA or Ed25519, or certified with them, is refused: it would end every orderer', async () => {
  const { consensus } = vectorSpec('bft').orderer
  assert.ok(consensus.type === 'BFT')
  const [first, ...rest] = consensus.consenters
  assert.ok(first)
  checkBftConsenters([first, ...rest], ['OrdererMSP'])
  for (const [subjectKind, issuerKind] of [
    ['RSA', 'P-256'],
    ['Ed25519', 'P-256'],
    ['P-256', 'RSA'],
  ] as const) {
    const [subject, issuer] = [oracle.foreignKeys(subjectKind), oracle.foreignKeys(issuerKind)]
    const certificate = await oracle.X509CertificateGenerator.create({
      subject: 'CN=orderer',
      issuer: 'CN=ca',
      publicKey: subject.publicKey,
      signingKey: issuer.privateKey,
      signingAlgorithm: issuer.signingAlgorithm,
    })
    const odd = { ...first, identity: certificate.toString('pem') }
    assert.throws(() => checkBftConsenters([odd, ...rest], ['OrdererMSP']), { code: 'INVALID', message: /ECDSA/ })
  }
})
