/** An organization for tests: an authority, members with keys, and what a channel knows of them. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { serializedIdentity } from '@cello/fabric/codec'
import { msp } from '@hyperledger/fabric-protos'
import { derEncode, derInteger, derTag } from '../../msp/der.ts'
import type { LocalSigner } from '../../msp/local-msp.ts'
import { lowSForm } from '../../msp/low-s.ts'
import { type Membership, openMembership } from '../../msp/membership.ts'

export interface TestMember extends LocalSigner {
  readonly certificate: string
  readonly key: string
}

export interface TestOrganization {
  readonly mspId: string
  readonly membership: Membership
  /** What a channel's config says of it. */
  readonly config: msp.MSPConfig
  /** Certificate of its authority, PEM. */
  readonly root: string
  /** @param expired its certificate ended yesterday; its host name is `localhost` */
  member(role: 'client' | 'admin' | 'peer', options?: { readonly expired?: boolean }): TestMember
}

export function testOrganization(mspId: string): TestOrganization {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = `ca.${mspId}`
  const root = certificate({ subject: { name }, issuer: name, keys: authority, signer: authority.privateKey })
  return {
    mspId,
    root,
    config: config(mspId, root),
    membership: openMembership(config(mspId, root), { ed25519: false }),
    member(role, { expired = false } = {}) {
      const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const subject = { name: `${role}.${mspId}`, unit: role }
      const pem = certificate({ subject, issuer: name, keys, signer: authority.privateKey, expired })
      const { privateKey } = keys
      return {
        certificate: pem,
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        serialized: serializedIdentity({ mspId, certificate: pem }),
        sign: (message) => lowSForm(sign('sha256', message, privateKey), 'prime256v1'),
      }
    },
  }
}

function config(mspId: string, root: string): msp.MSPConfig {
  const units = new msp.FabricNodeOUs()
  units.setEnable(true)
  units.setClientOuIdentifier(unit('client'))
  units.setPeerOuIdentifier(unit('peer'))
  units.setAdminOuIdentifier(unit('admin'))
  const content = new msp.FabricMSPConfig()
  content.setName(mspId)
  content.addRootCerts(Buffer.from(root))
  content.setFabricNodeOus(units)
  const whole = new msp.MSPConfig()
  whole.setConfig(content.serializeBinary())
  return whole
}

function unit(name: string): msp.FabricOUIdentifier {
  const identifier = new msp.FabricOUIdentifier()
  identifier.setOrganizationalUnitIdentifier(name)
  return identifier
}

interface Issue {
  readonly subject: { readonly name: string; readonly unit?: string }
  readonly issuer: string
  readonly keys: { readonly publicKey: KeyObject }
  readonly signer: KeyObject
  readonly expired?: boolean
}

const oid = {
  name: '550403',
  unit: '55040b',
  keyId: '551d0e',
  constraints: '551d13',
  alternativeNames: '551d11',
  ecdsaSha256: '2a8648ce3d040302',
}
const dayMs = 86_400_000
const contextTag = (number: number): number => 0xa0 + number

const sequence = (...parts: readonly Uint8Array[]) => derEncode(derTag.sequence, Buffer.concat(parts))
const identifier = (hex: string) => derEncode(derTag.oid, Buffer.from(hex, 'hex'))
const bits = (bytes: Uint8Array) => derEncode(derTag.bitString, Buffer.concat([Uint8Array.of(0), bytes]))
const octets = (bytes: Uint8Array) => derEncode(derTag.octetString, bytes)

function certificate({ subject, issuer, keys, signer, expired = false }: Issue): string {
  const isAuthority = subject.name === issuer
  const algorithm = sequence(identifier(oid.ecdsaSha256))
  const spki = keys.publicKey.export({ type: 'spki', format: 'der' })
  const now = Date.now()
  const end = expired ? now - dayMs : now + dayMs
  const extensions = [
    extension(oid.keyId, octets(createHash('sha256').update(spki).digest())),
    ...(isAuthority ? [extension(oid.constraints, sequence(derEncode(0x01, Uint8Array.of(0xff))))] : []),
    ...(isAuthority ? [] : [extension(oid.alternativeNames, sequence(derEncode(0x82, Buffer.from('localhost'))))]),
  ]
  const body = sequence(
    derEncode(contextTag(0), derInteger(2n)),
    derInteger(BigInt(`0x00${randomBytes(8).toString('hex')}`) + 1n),
    algorithm,
    names({ name: issuer }),
    sequence(time(now - 2 * dayMs), time(end)),
    names(subject),
    spki,
    derEncode(contextTag(3), sequence(...extensions)),
  )
  const signature = lowSForm(sign('sha256', body, signer), 'prime256v1')
  const base64 = Buffer.from(sequence(body, algorithm, bits(signature))).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`
}

function names({ name, unit: organizationalUnit }: Issue['subject']): Uint8Array {
  const part = (type: string, value: string) =>
    derEncode(0x31, sequence(identifier(type), derEncode(0x0c, Buffer.from(value))))
  return sequence(
    ...(organizationalUnit === undefined ? [] : [part(oid.unit, organizationalUnit)]),
    part(oid.name, name),
  )
}

function time(ms: number): Uint8Array {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return derEncode(derTag.generalizedTime, Buffer.from(text))
}

const extension = (type: string, value: Uint8Array) => sequence(identifier(type), octets(value))
