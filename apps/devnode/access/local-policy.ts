/** Members and administrators of the peer's own organization, in Fabric's words (core/policy, msp/mspimpl.go). */
import { decode } from '@cello/fabric/codec'
import { msp } from '@hyperledger/fabric-protos'
import { type Identity, isSignedBy, readIdentity } from '../msp/identity.ts'
import type { Membership } from '../msp/membership.ts'
import type { SignedData } from '../policies/signed-data.ts'

/** @param policy `Admins` or `Members`; nobody satisfies another @throws Error in Fabric's words */
export function checkLocalPolicy(membership: Membership, policy: string, { data, identity, signature }: SignedData) {
  const during = `during channelless check policy with policy [${policy}]`
  const signer = saying(`Failed deserializing proposal creator ${during}`, () => localIdentity(membership, identity))
  if (policy !== 'Admins' && policy !== 'Members') {
    throw new Error(`Failed getting local MSP principal ${during}: [MSP Principal role [${policy}] not recognized]`)
  }
  saying(`Failed verifying that proposal's creator satisfies local MSP principal ${during}`, () =>
    policy === 'Admins' ? checkAdmin(signer) : membership.validate(signer.certificate),
  )
  if (!isSignedBy(signer, data, signature)) throw new Error('The signature is invalid')
}

function localIdentity(membership: Membership, serialized: Uint8Array): Identity {
  const mspId = readMspId(serialized)
  if (mspId !== membership.mspId) throw new Error(`expected MSP ID ${membership.mspId}, received ${mspId}`)
  return readIdentity(serialized, new Map([[mspId, membership]]))
}

function readMspId(serialized: Uint8Array): string {
  try {
    return decode(msp.SerializedIdentity, serialized).getMspid()
  } catch (error) {
    throw new Error('could not deserialize a SerializedIdentity', { cause: error })
  }
}

function checkAdmin({ certificate, membership }: Identity): void {
  const { mspId, units } = membership
  if (membership.isNamedAdmin(certificate)) return
  if (!units.enforced) throw new Error('This identity is not an admin')
  try {
    membership.validate(certificate)
  } catch (error) {
    throw new Error(`The identity is not valid under this MSP [${mspId}]: ${messageOf(error)}`, { cause: error })
  }
  const isNot = `The identity is not an admin under this MSP [${mspId}]`
  const { admin } = units.roles
  if (!admin) {
    throw new Error(`${isNot}: cannot test for classification, node ou for type [ADMIN], not defined, msp: [${mspId}]`)
  }
  if (!certificate.units.includes(admin.unit)) {
    throw new Error(`${isNot}: The identity does not contain OU [ADMIN], MSP: [${mspId}]`)
  }
}

function saying<T>(what: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    throw new Error(`${what}: [${messageOf(error)}]`, { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
