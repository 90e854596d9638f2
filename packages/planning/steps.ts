import type { NodeRecord, ObservedNetwork, Step, StepKind } from '@cello/model'
import { nodeRef, stepId } from '@cello/model'
import type { WantedNetwork } from './wanted.ts'

/** The two inputs and what has been planned so far: a step names as its needs only what is really left to do. */
export class Draft {
  readonly wanted: WantedNetwork
  readonly observed: ObservedNetwork
  readonly #steps = new Map<string, Step>()

  constructor(wanted: WantedNetwork, observed: ObservedNetwork) {
    this.wanted = wanted
    this.observed = observed
  }

  get steps(): Step[] {
    return [...this.#steps.values()].map((step) => ({
      ...step,
      needs: step.needs.filter((need) => this.#steps.has(need)).sort(),
    }))
  }

  /** Adds a step. `needs` may name steps that will be planned yet; those that never are count as done and are left out. */
  add(kind: StepKind, key: string, title: string, needs: readonly string[] = []): void {
    const step: Step = { kind, key, title, needs }
    this.#steps.set(stepId(step), step)
  }

  has(id: string): boolean {
    return this.#steps.has(id)
  }

  /** Ids of the planned steps of these kinds. */
  planned(...kinds: readonly StepKind[]): string[] {
    return this.steps.filter((step) => kinds.includes(step.kind)).map(stepId)
  }

  stateOf(node: NodeRecord) {
    return this.observed.nodes[node.id] ?? { state: 'absent' as const, current: false }
  }
}

/** `orderer Org/name`, as titles of steps name a node. */
export function nodeTitle(node: NodeRecord): string {
  return `${node.kind} ${nodeRef(node)}`
}
