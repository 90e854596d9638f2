/** The sets of principals that satisfy policies, and what satisfies several policies at once: Fabric's common/policies/inquire. */
import { decode } from '@cello/fabric/codec'
import { msp } from '@hyperledger/fabric-protos'
import type { PolicyNode } from './policy-node.ts'

/** Who must sign, in no order; one that stands there twice must be two. */
export type PrincipalSet = readonly Principal[]

export interface Principal {
  readonly message: msp.MSPPrincipal
  /** The same text is the same principal. */
  readonly key: string
  readonly mspId: string
  readonly role?: number
  readonly unit?: { readonly name: string; readonly certifiers: string }
}

/** Most ways to satisfy a policy, or a part of one, that are looked at: Fabric's own limit. */
const mostSets = 10_000

/** Every way to satisfy a policy. @throws Error in Fabric's words when there is none, or a principal is of a kind that nobody can compare */
export function setsOf(policy: PolicyNode): readonly PrincipalSet[] {
  const sets = waysOf(policy)
  if (sets.length === 0) throw new Error('endorsement policy cannot be satisfied')
  return sets.map((set) => set.map(principalOf))
}

function waysOf(node: PolicyNode): readonly (readonly msp.MSPPrincipal[])[] {
  if (!('needed' in node)) return [[node]]
  // As in Fabric, a part that needs nobody is no way at all.
  if (node.needed <= 0 || node.needed > node.of.length) return []
  const parts = fewEnough(node.of, node.needed).map(waysOf)
  const found: (readonly msp.MSPPrincipal[])[] = []
  for (const chosen of choices(parts, node.needed)) {
    for (const way of combinations(chosen)) {
      found.push(way)
      if (found.length >= mostSets) return found
    }
  }
  return found
}

/** As Fabric does: parts are left out at random until there are not too many choices. */
function fewEnough(parts: readonly PolicyNode[], needed: number): readonly PolicyNode[] {
  const left = [...parts]
  while (choicesOf(left.length, needed) > mostSets) left.splice(Math.floor(Math.random() * left.length), 1)
  return left
}

/** The binomial coefficient. */
function choicesOf(size: number, chosen: number): number {
  let found = 1
  for (let step = 1; step <= chosen; step++) found = (found * (size - chosen + step)) / step
  return found
}

/** Every choice of so many items, in their order. */
function* choices<T>(items: readonly T[], size: number, from = 0): Generator<readonly T[]> {
  if (size === 0) {
    yield []
    return
  }
  for (let at = from; at <= items.length - size; at++) {
    const item = items[at]
    if (item === undefined) return
    for (const rest of choices(items, size - 1, at + 1)) yield [item, ...rest]
  }
}

/** One way of each part, joined. */
function* combinations<T>(parts: readonly (readonly (readonly T[])[])[]): Generator<readonly T[]> {
  const [first, ...rest] = parts
  if (!first) {
    yield []
    return
  }
  for (const way of first) {
    for (const more of combinations(rest)) yield [...way, ...more]
  }
}

/** What satisfies the one and the other: where a set of the one covers one of the other, no more is asked than it. */
export function mergeSets(one: readonly PrincipalSet[], other: readonly PrincipalSet[]): readonly PrincipalSet[] {
  const covered = containment(one, other)
  const restOfOne = one.filter((_, index) => !covered.has(index))
  const coveredBack = containment(other, restOfOne)
  const restOfOther = other.filter((_, index) => !coveredBack.has(index))
  const merged = [...mergedPairs(one, other, covered), ...mergedPairs(other, restOfOne, coveredBack)]
  const usedInOther = new Set([...covered.values()].flat().map((place) => other[place]))
  const usedInOne = new Set([...coveredBack.values()].flat().map((place) => restOfOne[place]))
  const lonelyOfOne = restOfOne.filter((set) => !usedInOne.has(set))
  const lonelyOfOther = restOfOther.filter((set) => !usedInOther.has(set))
  const pairs = lonelyOfOne.flatMap((x) => lonelyOfOther.map((y) => mergePair(x, y)))
  return reduced([...merged, ...pairs])
}

/** By place in `one`: the places of sets in `other` that contain it. */
function containment(one: readonly PrincipalSet[], other: readonly PrincipalSet[]): ReadonlyMap<number, number[]> {
  const found = new Map<number, number[]>()
  for (const [index, set] of one.entries()) {
    const containing = other.flatMap((bigger, place) => (isContained(set, bigger) ? [place] : []))
    if (containing.length > 0) found.set(index, containing)
  }
  return found
}

function mergedPairs(
  one: readonly PrincipalSet[],
  other: readonly PrincipalSet[],
  places: ReadonlyMap<number, number[]>,
): PrincipalSet[] {
  return [...places].flatMap(([index, containing]) =>
    containing.map((place) => mergePair(one[index] ?? [], other[place] ?? [])),
  )
}

/** The containing set, and what of the contained one it does not cover; each of its principals covers one. */
function mergePair(contained: PrincipalSet, containing: PrincipalSet): PrincipalSet {
  const free = [...containing]
  const added = contained.filter((principal) => {
    const at = free.findIndex((candidate) => isA(candidate, principal))
    if (at >= 0) free.splice(at, 1)
    return at < 0
  })
  return [...containing, ...added]
}

/** Leaves out sets that ask for more than another one does, until none is left. */
function reduced(sets: readonly PrincipalSet[]): readonly PrincipalSet[] {
  const kept = sets.filter((set, index) => {
    let isContaining = false
    for (const [place, smaller] of sets.entries()) {
      if (place === index) continue
      if (isSubset(smaller, set)) isContaining = true
      if (isSubset(set, smaller) && index < place) isContaining = false
    }
    return !isContaining
  })
  return kept.length === sets.length ? kept : reduced(kept)
}

const isContained = (set: PrincipalSet, bigger: PrincipalSet): boolean =>
  set.every((principal) => bigger.some((candidate) => isA(candidate, principal)))

const isSubset = (set: PrincipalSet, bigger: PrincipalSet): boolean =>
  set.every(({ key }) => bigger.some((candidate) => candidate.key === key))

/** Whether everybody who is the one is the other, too, as far as the principals alone tell. */
function isA(one: Principal, other: Principal): boolean {
  if (one.mspId !== other.mspId) return false
  if (other.role === msp.MSPRole.MSPRoleType.MEMBER) return true
  if (one.unit && other.unit) {
    return one.unit.name === other.unit.name && one.unit.certifiers === other.unit.certifiers
  }
  if (one.role !== undefined && other.role !== undefined) return one.role === other.role
  return one.key === other.key
}

function principalOf(message: msp.MSPPrincipal): Principal {
  const { ROLE, ORGANIZATION_UNIT, IDENTITY } = msp.MSPPrincipal.Classification
  const content = message.getPrincipal_asU8()
  const kind = message.getPrincipalClassification()
  const known = { message, key: principalKey(message) }
  if (kind === ROLE) {
    const role = decode(msp.MSPRole, content)
    return { ...known, mspId: role.getMspIdentifier(), role: role.getRole() }
  }
  if (kind === ORGANIZATION_UNIT) {
    const unit = decode(msp.OrganizationUnit, content)
    const certifiers = unit.getCertifiersIdentifier_asB64()
    return {
      ...known,
      mspId: unit.getMspIdentifier(),
      unit: { name: unit.getOrganizationalUnitIdentifier(), certifiers },
    }
  }
  if (kind === IDENTITY) return { ...known, mspId: decode(msp.SerializedIdentity, content).getMspid() }
  throw new Error('failed creating a comparable principal set')
}

/** The same for the same principal. */
export function principalKey(principal: msp.MSPPrincipal): string {
  return `${principal.getPrincipalClassification()} ${principal.getPrincipal_asB64()}`
}
