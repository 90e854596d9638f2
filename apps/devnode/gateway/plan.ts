/** Who is still to be asked for an endorsement, and what has been collected: Fabric's internal/pkg/gateway/endorsement.go. */
import type { peer } from '@hyperledger/fabric-protos'
import type { GatewayEndorser } from './endorsers.ts'
import type { Detail } from './rpc-error.ts'

interface Layout {
  /** By group: how many more. */
  readonly required: Map<string, number>
  readonly endorsements: peer.Endorsement[]
}

export interface PlanParts {
  readonly layouts: readonly ReadonlyMap<string, number>[]
  /** Best first. A peer is in one group only. */
  readonly groups: ReadonlyMap<string, readonly GatewayEndorser[]>
}

/** What satisfies the policy: each endorser once. */
export interface CompletedPlan {
  readonly payload: Uint8Array
  readonly endorsements: readonly peer.Endorsement[]
}

export class Plan {
  readonly errors: Detail[] = []
  readonly #layouts: (Layout | undefined)[]
  readonly #groups: Map<string, GatewayEndorser[]>
  readonly #groupOf = new Map<string, string>()
  #next = 0
  #responsePayload: Uint8Array | undefined
  #completed: CompletedPlan | undefined

  constructor({ layouts, groups }: PlanParts) {
    this.#layouts = layouts.map((required) => ({ required: new Map(required), endorsements: [] }))
    this.#groups = new Map([...groups].map(([group, endorsers]) => [group, [...endorsers]]))
    for (const [group, endorsers] of groups) for (const { id } of endorsers) this.#groupOf.set(id, group)
  }

  get completed(): CompletedPlan | undefined {
    return this.#completed
  }

  /** Whom to ask now, for the next layout that enough peers are left for; undefined: there is none. */
  endorsers(): readonly GatewayEndorser[] | undefined {
    for (; this.#next < this.#layouts.length; this.#next++) {
      const layout = this.#layouts[this.#next]
      const chosen = layout && this.#choose(layout)
      if (chosen) return chosen
      this.#layouts[this.#next] = undefined
    }
    return undefined
  }

  #choose({ required }: Layout): readonly GatewayEndorser[] | undefined {
    const chosen: GatewayEndorser[] = []
    for (const [group, needed] of required) {
      const left = this.#groups.get(group) ?? []
      if (needed > left.length) return undefined
      chosen.push(...left.splice(0, needed))
    }
    return chosen
  }

  /** Takes an endorsement in. @returns whether it agrees with those before */
  add(endorser: GatewayEndorser, response: peer.ProposalResponse): boolean {
    const group = this.#groupOf.get(endorser.id) ?? ''
    const left = this.#groups.get(group) ?? []
    const at = left.findIndex(({ id }) => id === endorser.id)
    if (at >= 0) left.splice(at, 1)
    const payload = response.getPayload_asU8()
    this.#responsePayload ??= payload
    if (Buffer.compare(this.#responsePayload, payload) !== 0) {
      this.fail(endorser, 'ProposalResponsePayloads do not match')
      return false
    }
    this.#count(group, payload, response.getEndorsement())
    return true
  }

  /** For every layout that needs one of this group, until one is complete. */
  #count(group: string, payload: Uint8Array, endorsement: peer.Endorsement | undefined): void {
    for (const layout of this.#layouts.slice(this.#next)) {
      const needed = layout?.required.get(group)
      if (!layout || needed === undefined) continue
      if (endorsement) layout.endorsements.push(endorsement)
      if (needed > 1) layout.required.set(group, needed - 1)
      else layout.required.delete(group)
      if (layout.required.size > 0) continue
      const unique = new Map(layout.endorsements.map((one) => [endorserOf(one), one]))
      this.#completed = { payload, endorsements: [...unique.values()] }
      return
    }
  }

  fail({ address, mspId }: GatewayEndorser, message: string): void {
    this.errors.push({ address, mspId, message })
  }

  /** Another peer that could do the same; or the group that has none any more. */
  nextInGroup({ id }: GatewayEndorser): { readonly endorser: GatewayEndorser } | { readonly emptyGroup: string } {
    const group = this.#groupOf.get(id) ?? ''
    const endorser = this.#groups.get(group)?.shift()
    return endorser ? { endorser } : { emptyGroup: group }
  }

  /** Goes on to the next layout that needs none of these groups. */
  abandon(groups: readonly string[]): void {
    for (let place = this.#next; place < this.#layouts.length; place++) {
      const required = this.#layouts[place]?.required
      if (required && groups.some((group) => required.has(group))) this.#layouts[place] = undefined
    }
    this.#next++
  }
}

/** google-protobuf's own base64 is slow enough to be seen in every transaction. */
const endorserOf = (one: peer.Endorsement): string => Buffer.from(one.getEndorser_asU8()).toString('base64')
