import { decode } from '@cello/fabric/codec'
import { common, type msp } from '@hyperledger/fabric-protos'
import type { Identity } from '../msp/identity.ts'
import { satisfies } from '../msp/principal.ts'
import type { Policy } from './policy.ts'

/** Who of the signers have been counted already: a signature counts once. */
type Used = boolean[]
type Gate = (signers: readonly Identity[], used: Used) => boolean

/** Compiles an encoded `common.SignaturePolicyEnvelope`. @throws Error as Fabric's compiler does */
export function signaturePolicy(encoded: Uint8Array): Policy {
  const envelope = decode(common.SignaturePolicyEnvelope, encoded)
  if (envelope.getVersion() !== 0) {
    throw new Error(`This evaluator only understands messages of version 0, but version was ${envelope.getVersion()}`)
  }
  const gate = compile(envelope.getRule(), envelope.getIdentitiesList())
  return (signers) =>
    gate(
      signers,
      signers.map(() => false),
    )
      ? undefined
      : 'signature set did not satisfy policy'
}

function compile(rule: common.SignaturePolicy | undefined, principals: readonly msp.MSPPrincipal[]): Gate {
  if (!rule) throw new Error('Empty policy element')
  const several = rule.getNOutOf()
  if (several) return outOf(several, principals)
  if (!rule.hasSignedBy()) throw new Error('Unknown type: <nil>:<nil>')
  const principal = principals[rule.getSignedBy()]
  if (!principal) {
    throw new Error(
      `identity index out of range, requested ${rule.getSignedBy()}, but identities length is ${principals.length}`,
    )
  }
  return (signers, used) => {
    const index = signers.findIndex((signer, place) => !used[place] && satisfies(signer, principal))
    if (index >= 0) used[index] = true
    return index >= 0
  }
}

/** As Fabric does, every part is tried even after enough have passed, and a part that fails uses up nobody. */
function outOf(several: common.SignaturePolicy.NOutOf, principals: readonly msp.MSPPrincipal[]): Gate {
  const gates = several.getRulesList().map((rule) => compile(rule, principals))
  return (signers, used) => {
    let passed = 0
    for (const gate of gates) {
      const attempt = [...used]
      if (!gate(signers, attempt)) continue
      passed++
      for (const [index, isUsed] of attempt.entries()) used[index] = isUsed
    }
    return passed >= several.getN()
  }
}
