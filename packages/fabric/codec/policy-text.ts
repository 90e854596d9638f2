import { common, msp } from '@hyperledger/fabric-protos'
import { FabricError } from '../errors.ts'
import { decode } from './decode.ts'
import { type PolicyExpression, parsePolicyExpression } from './policy-expression.ts'

/** Roles that a principal can ask for; the position is the number in `msp.MSPRole`. */
const roles = ['member', 'admin', 'client', 'peer', 'orderer'] as const
export type PolicyRole = (typeof roles)[number]

const roleNumbers = msp.MSPRole.MSPRoleType
const numberOfRole: Readonly<Record<string, msp.MSPRole.MSPRoleTypeMap[keyof msp.MSPRole.MSPRoleTypeMap]>> = {
  member: roleNumbers.MEMBER,
  admin: roleNumbers.ADMIN,
  client: roleNumbers.CLIENT,
  peer: roleNumbers.PEER,
  orderer: roleNumbers.ORDERER,
} satisfies Record<PolicyRole, number>

const principalText = /^([A-Za-z0-9.-]+)\.(member|admin|client|peer|orderer)$/

/**
 * A signature policy from Fabric's text form: `AND('Org1MSP.peer', OR('Org2MSP.admin', 'Org3MSP.member'))`,
 * `OutOf(2, …)`. The encoding is the one that Fabric's own parser makes, principals in its order and not deduplicated.
 * @throws FabricError INVALID with the place in the text.
 */
export function parsePolicy(text: string): common.SignaturePolicyEnvelope {
  const envelope = new common.SignaturePolicyEnvelope()
  envelope.setRule(ruleOf(parsePolicyExpression(text), envelope))
  return envelope
}

/**
 * The text form of a signature policy, with AND and OR where they fit. A bare `signed by` is written as OR of one.
 * @throws FabricError INVALID where there is no text that `parsePolicy` takes: of a principal that is no role (an identity or
 *   an organizational unit), an MSP id with other characters than Fabric's parser knows, a gate without parts.
 */
export function formatPolicy(envelope: common.SignaturePolicyEnvelope): string {
  const principals = envelope.getIdentitiesList().map(formatPrincipal)
  const rule = envelope.getRule()
  if (!rule) throw new FabricError('INVALID', 'The signature policy has no rule')
  const text = formatRule(rule, principals)
  return text.startsWith("'") ? `OR(${text})` : text
}

function ruleOf(expression: PolicyExpression, envelope: common.SignaturePolicyEnvelope): common.SignaturePolicy {
  const rule = new common.SignaturePolicy()
  if (expression.kind === 'principal') {
    rule.setSignedBy(envelope.getIdentitiesList().length)
    envelope.addIdentities(principalOf(expression.text))
    return rule
  }
  // Fabric's evaluator numbers the principals of inner gates before those of the gate around them.
  const inner = new Map<PolicyExpression, common.SignaturePolicy>()
  for (const part of expression.parts) if (part.kind === 'gate') inner.set(part, ruleOf(part, envelope))
  const gate = new common.SignaturePolicy.NOutOf()
  gate.setN(expression.needed)
  gate.setRulesList(expression.parts.map((part) => inner.get(part) ?? ruleOf(part, envelope)))
  rule.setNOutOf(gate)
  return rule
}

function principalOf(text: string): msp.MSPPrincipal {
  const [, mspId, role = ''] = principalText.exec(text) ?? []
  const number = numberOfRole[role]
  if (mspId === undefined || number === undefined) {
    throw new FabricError('INVALID', `'${text}' in the policy is not of the form 'MSPID.role'`, {
      next: `Roles are ${roles.join(', ')}`,
    })
  }
  const mspRole = new msp.MSPRole()
  mspRole.setMspIdentifier(mspId)
  mspRole.setRole(number)
  const principal = new msp.MSPPrincipal()
  principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE)
  principal.setPrincipal(mspRole.serializeBinary())
  return principal
}

function formatPrincipal(principal: msp.MSPPrincipal): string {
  if (principal.getPrincipalClassification() !== msp.MSPPrincipal.Classification.ROLE) {
    throw new FabricError('INVALID', 'The signature policy names a principal that is no role, which has no text form')
  }
  const role = decode(msp.MSPRole, principal.getPrincipal_asU8())
  const text = `${role.getMspIdentifier()}.${roles[role.getRole()] ?? role.getRole()}`
  if (!principalText.test(text))
    throw new FabricError('INVALID', `The principal '${text}' of a policy has no text form`)
  return `'${text}'`
}

function formatRule(rule: common.SignaturePolicy, principals: readonly string[]): string {
  const gate = rule.getNOutOf()
  if (!gate) {
    const principal = principals[rule.getSignedBy()]
    if (principal === undefined) throw new FabricError('INVALID', 'The signature policy names a principal it lacks')
    return principal
  }
  const parts = gate.getRulesList().map((part) => formatRule(part, principals))
  if (parts.length === 0 || gate.getN() < 0 || gate.getN() > parts.length + 1) {
    throw new FabricError('INVALID', `A gate of ${gate.getN()} out of ${parts.length} in a policy has no text form`)
  }
  if (gate.getN() === parts.length) return `AND(${parts.join(', ')})`
  if (parts.length > 1 && gate.getN() === 1) return `OR(${parts.join(', ')})`
  return `OutOf(${[gate.getN(), ...parts].join(', ')})`
}
