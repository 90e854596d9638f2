import { type BatchSettings, type BftConsensus, type ChannelSpec, durationMs } from './channel.ts'

/** Below a channel of the document. */
interface SettingProblem {
  readonly path: readonly string[]
  readonly message: string
}

/** What is wrong between a channel's settings of consensus and of batches. @param orderers how many agree on its blocks */
export function consensusProblems({ consensus, batch }: ChannelSpec, orderers: number): SettingProblem[] {
  const rules = consensus.type === 'bft' ? bftRules(consensus, batch, orderers) : raftRules(consensus)
  const all = [
    ...rules,
    {
      path: ['batch', 'preferredMaxBytes'],
      isKept: batch.preferredMaxBytes <= batch.absoluteMaxBytes,
      message: 'preferredMaxBytes must not exceed absoluteMaxBytes',
    },
  ]
  return all.flatMap(({ isKept, ...problem }) => (isKept ? [] : [problem]))
}

interface Rule extends SettingProblem {
  readonly isKept: boolean
}

function raftRules({ electionTick, heartbeatTick }: Extract<ChannelSpec['consensus'], { type: 'raft' }>): Rule[] {
  return [
    {
      path: ['consensus', 'electionTick'],
      isKept: electionTick > heartbeatTick,
      message: 'electionTick must be greater than heartbeatTick',
    },
  ]
}

/** SmartBFT's options that no document names, at their defaults. Milliseconds. */
const bftDefaults = { requestAutoRemoveMs: 180_000, viewChangeResendMs: 5_000 }

/**
 * Fabric's orderers hold a channel to most of these only after they have ordered its configuration, and then halt it for good
 * (SmartBFT's `Configuration.Validate`).
 */
function bftRules(consensus: BftConsensus, batch: BatchSettings, orderers: number): Rule[] {
  const complainMs = durationMs(consensus.requestComplainTimeout)
  return [
    // SmartBFT: n ≥ 3f + 1; with three or fewer, not one may fail, which is worse than Raft in every way.
    {
      path: ['consensus'],
      isKept: orderers >= 4,
      message: `bft needs at least 4 orderers; this channel has ${orderers}`,
    },
    {
      path: ['consensus', 'requestComplainTimeout'],
      isKept: durationMs(consensus.requestForwardTimeout) <= complainMs,
      message: 'requestComplainTimeout must not be shorter than requestForwardTimeout',
    },
    {
      path: ['consensus', 'requestComplainTimeout'],
      isKept: complainMs <= bftDefaults.requestAutoRemoveMs,
      message: 'requestComplainTimeout must not exceed 3m, after which orderers forget a request',
    },
    {
      path: ['consensus', 'viewChangeTimeout'],
      isKept: durationMs(consensus.viewChangeTimeout) >= bftDefaults.viewChangeResendMs,
      message: 'viewChangeTimeout must be at least 5s, since orderers repeat their votes that often',
    },
    {
      path: ['batch', 'timeout'],
      isKept: durationMs(batch.timeout) <= complainMs,
      message: 'with bft the timeout must not exceed requestComplainTimeout: a leader that waits longer is deposed',
    },
    {
      path: ['batch', 'absoluteMaxBytes'],
      isKept: batch.absoluteMaxBytes >= batch.maxMessages,
      message: 'with bft absoluteMaxBytes must not be less than maxMessages',
    },
  ]
}
