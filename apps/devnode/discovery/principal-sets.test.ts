import assert from 'node:assert/strict'
import { test } from 'node:test'
import { msp } from '@hyperledger/fabric-protos'
import { memberPrincipal, type PolicyNode } from './policy-node.ts'
import { mergeSets, type PrincipalSet, setsOf } from './principal-sets.ts'

const { MSPRoleType } = msp.MSPRole

function role(mspId: string, number: msp.MSPRole.MSPRoleTypeMap[keyof msp.MSPRole.MSPRoleTypeMap]): msp.MSPPrincipal {
  const content = new msp.MSPRole()
  content.setMspIdentifier(mspId)
  content.setRole(number)
  const principal = new msp.MSPPrincipal()
  principal.setPrincipal(content.serializeBinary())
  return principal
}

const [a, b, c, d] = ['A', 'B', 'C', 'D'].map(memberPrincipal) as [
  msp.MSPPrincipal,
  msp.MSPPrincipal,
  msp.MSPPrincipal,
  msp.MSPPrincipal,
]
const and = (...of: readonly PolicyNode[]): PolicyNode => ({ needed: of.length, of })
const or = (...of: readonly PolicyNode[]): PolicyNode => ({ needed: 1, of })

/** Sets as text, in no order: members by their organization, peers with a dot. */
const shown = (sets: readonly PrincipalSet[]): string[] =>
  sets
    .map((set) =>
      set
        .map((one) => one.mspId + (one.role === MSPRoleType.PEER ? '.' : ''))
        .sort()
        .join(''),
    )
    .sort()

test('every way to satisfy a policy is found, as Fabric’s own cases have it', () => {
  assert.deepEqual(shown(setsOf(or(and(a, b), c, and(a, d)))), ['AB', 'AD', 'C'])
  assert.deepEqual(shown(setsOf(and(a, c, or(b, d)))), ['ABC', 'ACD'])
  assert.deepEqual(shown(setsOf(or(a, or(b, c)))), ['A', 'B', 'C'])
  assert.deepEqual(shown(setsOf(and(a, and(b, c), and(d, a)))), ['AABCD'])
  assert.deepEqual(shown(setsOf({ needed: 2, of: [a, b, c] })), ['AB', 'AC', 'BC'])
})

test('a policy that nobody can satisfy has no way, and one with very many has a limit', () => {
  for (const node of [{ needed: 0, of: [a] }, { needed: 2, of: [a] }, and(a, { needed: 1, of: [] })]) {
    assert.throws(() => setsOf(node), /endorsement policy cannot be satisfied/)
  }
  const many = Array.from({ length: 40 }, (_, index) => memberPrincipal(`Org${index}`))
  const sets = setsOf({ needed: 20, of: many })
  assert.ok(sets.length > 1_000 && sets.length <= 10_000, String(sets.length))
})

test('of two policies no more is asked than both need', () => {
  const sets = (node: PolicyNode) => setsOf(node)
  assert.deepEqual(shown(mergeSets(sets(and(a, b)), sets(and(a, b)))), ['AB'])
  assert.deepEqual(shown(mergeSets(sets(or(a, b)), sets(a))), ['A'])
  assert.deepEqual(shown(mergeSets(sets(a), sets(b))), ['AB'])
  assert.deepEqual(shown(mergeSets(sets(or(a, b)), sets(or(c, d)))), ['AC', 'AD', 'BC', 'BD'])
  assert.deepEqual(shown(mergeSets(sets(and(a, a)), sets(a))), ['AA'], 'two of an organization stay two')
  const peer = role('A', MSPRoleType.PEER)
  assert.deepEqual(shown(mergeSets(sets(a), sets(peer))), ['A.'], 'a peer is a member, too')
  assert.deepEqual(shown(mergeSets(sets(role('A', MSPRoleType.CLIENT)), sets(peer))), ['AA.'])
})
