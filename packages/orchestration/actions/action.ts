import type { Step } from '@cello/model'
import type { NetworkContext } from '../network-context.ts'
import type { HostSnapshots } from '../observe/host-snapshots.ts'

/** What an action is given. It makes one step true and may be run again after a crash, a lost answer, or another's work. */
export interface ActionContext {
  readonly network: NetworkContext
  readonly hosts: HostSnapshots
  readonly step: Step
  readonly fence: number
  readonly signal: AbortSignal
  /** Told once all that is left to do is to wait: what gives way may begin meanwhile. */
  readonly rests: () => void
}

export type Action = (context: ActionContext) => Promise<void>

/** The parts of a step's key. Channel names hold no slash, so the first part is the channel where there is one. */
export function keyParts(step: Step): [string, string, string] {
  const [first = '', second = '', third = ''] = step.key.split('/')
  return [first, second, third]
}
