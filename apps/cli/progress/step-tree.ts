import type { Operation, Step } from '@cello/api'
import { stepKinds } from '@cello/model'

type StepKind = Step['kind']

/** How a group of steps of one kind is called, in any order. */
const groupTitles: Readonly<Record<StepKind, string>> = {
  'make-identities': 'make identities',
  'make-genesis': 'make genesis blocks',
  'ensure-node': 'start nodes',
  'join-orderer': 'join orderers',
  'join-peer': 'join peers',
  'update-channel': 'update channels',
  'await-nodes': 'wait for orderers and peers',
  'install-package': 'install contracts',
  'approve-contract': 'approve contracts',
  'commit-contract': 'commit contracts',
  'await-ready': 'wait until ready',
  'stop-node': 'stop nodes',
  'leave-orderer': 'leave channels',
  'remove-node': 'remove nodes',
  'forget-network': 'forget the network',
  'fetch-archive': 'fetch the archive',
  'check-digest': 'check its digest',
  'unpack-archive': 'unpack it',
  'check-programs': 'check its programs',
  'place-release': 'put it into the cache',
  'choose-release': 'choose the version',
}

export interface StepGroup {
  readonly title: string
  readonly state: 'pending' | 'running' | 'done' | 'failed'
  readonly done: number
  readonly total: number
  /** RFC 3339: first start, and last end once all have ended. */
  readonly startedAt: string | undefined
  readonly endedAt: string | undefined
  /** Steps that run, failed or are tried again. */
  readonly active: readonly Step[]
}

/** `kind/key`: how a step is known. */
export function stepId(step: Pick<Step, 'kind' | 'key'>): string {
  return `${step.kind}/${step.key}`
}

/** The steps of an operation by kind, those that were dropped left out. */
export function stepGroups(steps: Operation['steps']): StepGroup[] {
  const wanted = steps.filter(({ state }) => state !== 'dropped')
  const byKind = Map.groupBy(wanted, ({ kind }) => kind)
  return stepKinds.flatMap((kind) => {
    const members = byKind.get(kind)
    return members ? [groupOf(groupTitles[kind], members)] : []
  })
}

function groupOf(title: string, steps: readonly Step[]): StepGroup {
  const done = steps.filter(({ state }) => state === 'done').length
  const starts = steps.flatMap(({ startedAt }) => startedAt ?? []).sort()
  const ends = steps.flatMap(({ endedAt }) => endedAt ?? []).sort()
  return {
    title,
    state: stateOf(steps, done),
    done,
    total: steps.length,
    startedAt: starts[0],
    endedAt: done === steps.length ? ends.at(-1) : undefined,
    active: steps.filter(
      ({ state, attempts }) => state === 'running' || state === 'failed' || (state === 'pending' && attempts > 0),
    ),
  }
}

function stateOf(steps: readonly Step[], done: number): StepGroup['state'] {
  if (done === steps.length) return 'done'
  if (steps.some(({ state }) => state === 'failed')) return 'failed'
  return done > 0 || steps.some(({ state }) => state === 'running') ? 'running' : 'pending'
}
