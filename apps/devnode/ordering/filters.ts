/** What an envelope must be before anybody looks inside: not empty, not too large, not expired, signed by a writer. */
import { common } from '@hyperledger/fabric-protos'
import type { ChannelConfig } from '../config/channel-config.ts'
import { expiryOf } from '../msp/identity.ts'
import { findPolicy } from '../policies/policy-tree.ts'
import { envelopeSignature, type SignedData, signersOf } from '../policies/signed-data.ts'
import { Refusal } from './refusal.ts'

export interface FilterOptions {
  /** `General.Authentication.NoExpirationChecks`. */
  readonly ignoreExpiry: boolean
}

/** @throws Refusal with Fabric's status and sentence */
export function checkEnvelope(envelope: common.Envelope, config: ChannelConfig, options: FilterOptions): void {
  const payload = envelope.getPayload_asU8()
  if (payload.length === 0) throw new Refusal(common.Status.BAD_REQUEST, 'message payload is empty')
  const size = payload.length + envelope.getSignature_asU8().length
  const { absoluteMaxBytes } = config.orderer.batch
  if (size > absoluteMaxBytes) {
    throw new Refusal(
      common.Status.BAD_REQUEST,
      `message payload is ${size} bytes and exceeds maximum allowed ${absoluteMaxBytes} bytes`,
    )
  }
  const signed = signatureOf(envelope)
  if (!options.ignoreExpiry && (expiryOf(signed.identity) ?? Infinity) <= Date.now()) {
    throw new Refusal(common.Status.BAD_REQUEST, 'broadcast client identity expired')
  }
  checkAccess(signed, config, 'Writers')
}

/** In maintenance only the orderers' own organizations get through. @throws Refusal FORBIDDEN */
export function checkAccess(signed: SignedData, config: ChannelConfig, policyName: 'Writers' | 'Readers'): void {
  const path = config.orderer.isMaintenance ? `/Channel/Orderer/${policyName}` : `/Channel/${policyName}`
  const policy = findPolicy(config.policies, path)
  if (!policy) throw new Refusal(common.Status.BAD_REQUEST, `could not find policy ${path}`)
  const refusal = policy(signersOf([signed], config.memberships))
  if (refusal !== undefined) throw new Refusal(common.Status.FORBIDDEN, `${refusal}: permission denied`)
}

function signatureOf(envelope: common.Envelope): SignedData {
  try {
    return envelopeSignature(envelope)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Refusal(common.Status.BAD_REQUEST, `could not convert message to signedData: ${reason}`, { cause: error })
  }
}
