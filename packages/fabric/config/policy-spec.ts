import { common } from '@hyperledger/fabric-protos'
import { decode } from '../codec/decode.ts'
import { formatPolicy, parsePolicy } from '../codec/index.ts'
import { FabricError } from '../errors.ts'

/** One policy of a group, as configtx.yaml writes it. */
export interface PolicySpec {
  readonly type: 'ImplicitMeta' | 'Signature'
  /** `ANY|ALL|MAJORITY <sub-policy>` for ImplicitMeta, `OR('Org1MSP.admin', …)` for Signature. */
  readonly rule: string
}

const implicitRules = common.ImplicitMetaPolicy.Rule
const policyTypes = common.Policy.PolicyType

/** The protobuf form of a policy. @throws FabricError INVALID if the rule cannot be read. */
export function encodePolicy(spec: PolicySpec): common.Policy {
  return spec.type === 'Signature'
    ? policyOf(policyTypes.SIGNATURE, parsePolicy(spec.rule).serializeBinary())
    : policyOf(policyTypes.IMPLICIT_META, implicitMeta(spec.rule).serializeBinary())
}

/** A signature policy that no text form can express, ready made. */
export function encodeSignaturePolicy(envelope: common.SignaturePolicyEnvelope): common.Policy {
  return policyOf(policyTypes.SIGNATURE, envelope.serializeBinary())
}

/** The text form of a policy; undefined where it has none (identities or units as principals, other types). */
export function decodePolicy(policy: common.Policy | undefined): PolicySpec | undefined {
  if (policy?.getType() === policyTypes.IMPLICIT_META) {
    const meta = decode(common.ImplicitMetaPolicy, policy.getValue_asU8())
    const rule = Object.entries(implicitRules).find(([, number]) => number === meta.getRule())?.[0]
    return rule === undefined ? undefined : { type: 'ImplicitMeta', rule: `${rule} ${meta.getSubPolicy()}` }
  }
  if (policy?.getType() !== policyTypes.SIGNATURE) return undefined
  try {
    const envelope = decode(common.SignaturePolicyEnvelope, policy.getValue_asU8())
    return { type: 'Signature', rule: formatPolicy(envelope) }
  } catch {
    return undefined
  }
}

function implicitMeta(rule: string): common.ImplicitMetaPolicy {
  const [name = '', subPolicy = '', ...rest] = rule.split(' ')
  const known = Object.entries(implicitRules).find(([each]) => each === name)
  if (!known || subPolicy === '' || rest.length > 0) {
    throw new FabricError(
      'INVALID',
      `The implicit policy rule ${JSON.stringify(rule)} is not '<ANY|ALL|MAJORITY> <name>'`,
    )
  }
  const meta = new common.ImplicitMetaPolicy()
  meta.setRule(known[1])
  meta.setSubPolicy(subPolicy)
  return meta
}

function policyOf(type: number, value: Uint8Array): common.Policy {
  const policy = new common.Policy()
  policy.setType(type)
  policy.setValue(value)
  return policy
}
