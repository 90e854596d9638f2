import { count } from '@cello/kit'
import type { StepKind } from '@cello/model'
import type { DemoReport } from './report.ts'

type Operation = NonNullable<Parameters<DemoReport['progress']>[0]>

/** What some steps of an operation are together to somebody who watches. */
interface Part {
  readonly kinds: readonly StepKind[]
  readonly doing: string
  readonly done: (steps: number) => string
}

/** In the order in which they begin; they overlap. */
const parts: readonly Part[] = [
  {
    kinds: ['make-identities'],
    doing: 'making keys and certificates',
    done: (n) => `keys and certificates of ${count(n, 'organization')} made`,
  },
  { kinds: ['make-genesis'], doing: 'making the genesis block', done: () => 'genesis block made' },
  { kinds: ['ensure-node'], doing: 'starting nodes', done: (n) => `${count(n, 'node')} started` },
  {
    kinds: ['join-orderer', 'join-peer', 'update-channel'],
    doing: 'joining the channel',
    done: (n) => `channel joined by ${count(n, 'node')}`,
  },
  {
    kinds: ['install-package', 'approve-contract'],
    doing: 'installing and approving the contract',
    done: () => 'contract installed and approved by every organization',
  },
  { kinds: ['commit-contract'], doing: 'committing the contract', done: () => 'contract committed' },
  {
    kinds: ['await-ready'],
    doing: 'waiting until every peer sees the others',
    done: () => 'every peer sees the others',
  },
]

/** A part that is done: its time is from the first start to the last end of its steps, in milliseconds. */
export interface DonePart {
  readonly title: string
  readonly ms: number
}

export function doneParts({ steps }: Operation): DonePart[] {
  return parts.flatMap(({ kinds, done }) => {
    const mine = steps.filter((step) => kinds.includes(step.kind))
    if (mine.length === 0 || mine.some((step) => step.state !== 'done')) return []
    const starts = mine.map((step) => Date.parse(step.startedAt ?? ''))
    const ends = mine.map((step) => Date.parse(step.endedAt ?? ''))
    return [{ title: done(mine.length), ms: Math.max(...ends) - Math.min(...starts) }]
  })
}

/** What goes on now: the furthest part that has begun and not ended, and how much of it is done. */
export function partUnderWay({ steps }: Operation): string | undefined {
  const begun = parts.filter(({ kinds }) => steps.some((step) => kinds.includes(step.kind) && step.state === 'running'))
  return begun.at(-1)?.doing
}
