/** Signing statements, and finding out whether they may be believed. */
import { decode } from '@cello/fabric/codec'
import { msp } from '@hyperledger/fabric-protos'
import type { PeerChannel, PeerChannels } from '../committing/peer-channel.ts'
import { isSignedBy, readIdentity } from '../msp/identity.ts'
import type { LocalSigner } from '../msp/local-msp.ts'
import type { Membership } from '../msp/membership.ts'
import { findPolicy } from '../policies/policy-tree.ts'
import { signersOf } from '../policies/signed-data.ts'
import type { ChannelStatement, PeerStatement, Question, Signed } from './message.ts'
import type { PrivateRequest } from './private-message.ts'

/** Goes before what is signed, so that no statement is ever anything else that a peer signs. */
const purpose = 'cello.devnode.Neighbours 1\n'

/** A question older or newer than this is not answered: its signature could be somebody's recording. Milliseconds. */
const questionWindowMs = 60_000

export function sign(
  signer: LocalSigner,
  statement: PeerStatement | ChannelStatement | Question | PrivateRequest,
): Signed {
  const text = JSON.stringify(statement)
  return { text, signature: Buffer.from(signer.sign(signedBytes(text))).toString('base64') }
}

export interface Organizations {
  readonly localMsp: Membership
  readonly channels: PeerChannels
}

/**
 * The organization whose valid, unexpired member signed this, by the peer's own organization or a channel's.
 * @throws Error when nobody that is known here did
 */
export function signerOf(organizations: Organizations, identity: Uint8Array, signed: Signed): string {
  const mspId = decode(msp.SerializedIdentity, identity).getMspid()
  let refusal = new Error(`MSP ${mspId} is not known here`)
  for (const membership of membershipsOf(organizations, mspId)) {
    try {
      const signer = readIdentity(identity, new Map([[mspId, membership]]))
      membership.validate(signer.certificate)
      if (signer.certificate.notAfter < Date.now()) throw new Error('the certificate has expired')
      if (!isSignedBy(signer, signedBytes(signed.text), signatureOf(signed)))
        throw new Error('The signature is invalid')
      return mspId
    } catch (error) {
      refusal = error instanceof Error ? error : new Error(String(error))
    }
  }
  throw refusal
}

/** As gossip does: who may read the channel may say that it has joined. */
export function isOfReader(channel: PeerChannel, identity: Uint8Array, signed: Signed): boolean {
  const policy = findPolicy(channel.config.policies, '/Channel/Application/Readers')
  const data = { data: signedBytes(signed.text), identity, signature: signatureOf(signed) }
  return policy !== undefined && policy(signersOf([data], channel.config.memberships)) === undefined
}

/** @throws Error when it is meant for another organization, or not for now */
export function checkQuestion({ to, time }: Pick<Question, 'to' | 'time'>, mspId: string): void {
  if (to !== mspId) throw new Error(`the question is for ${to}, and this is a peer of ${mspId}`)
  if (Math.abs(Date.now() - time) > questionWindowMs) throw new Error('the clocks of both peers differ too much')
}

/** The same organization may be in several channels, each with a config of its own. */
function* membershipsOf({ localMsp, channels }: Organizations, mspId: string): Generator<Membership> {
  if (localMsp.mspId === mspId) yield localMsp
  for (const name of channels.names()) {
    const membership = memberOf(channels.get(name), mspId)
    if (membership) yield membership
  }
}

/** The membership of one of the channel's application organizations. */
export function memberOf(channel: PeerChannel | undefined, mspId: string): Membership | undefined {
  for (const [place, membership] of channel?.config.organizations ?? []) {
    if (place.startsWith('Application/') && membership.mspId === mspId) return membership
  }
  return undefined
}

const signedBytes = (text: string): Uint8Array => Buffer.from(purpose + text)
const signatureOf = ({ signature }: Signed): Uint8Array => Buffer.from(signature, 'base64')
