import { seededRandom } from '@cello/kit'
import { type Plan, stepId } from '@cello/model'
import { plan } from '../plan.ts'
import type { SimulatedNetwork } from './simulated-network.ts'

/** One plan's steps in an order that its needs allow, chosen by the seed, at most `limit` of them; then the power goes. @returns the plan */
export function runPlan(network: SimulatedNetwork, seed: number, limit = Number.POSITIVE_INFINITY): Plan {
  const random = seededRandom(seed)
  const planned = plan(network.wanted, network.observe())
  let left = [...planned.steps]
  const open = new Set(left.map(stepId))
  for (let count = 0; count < limit; count++) {
    const ready = left.filter(({ needs }) => !needs.some((need) => open.has(need)))
    const step = ready[Math.floor(random() * ready.length)]
    if (!step) break
    left = left.filter((other) => other !== step)
    // What failed stays open, and so takes those that need it with it.
    if (network.apply(step)) open.delete(stepId(step))
  }
  return planned
}

/** Plans and runs until nothing is left. @returns the rounds that it took; throws when `bound` were not enough */
export function converge(network: SimulatedNetwork, seed: number, bound = 10): number {
  for (let round = 0; round < bound; round++) {
    if (runPlan(network, seed + round).steps.length === 0 || network.isForgotten) return round
  }
  const left = plan(network.wanted, network.observe())
  throw new Error(`no end after ${bound} rounds; left: ${JSON.stringify(left, null, 1)}`)
}
