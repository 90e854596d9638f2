import { z } from 'zod'
import { DeploymentSpec } from './deployment.ts'
import { ChannelName, OrganizationName } from './names.ts'

/** A Go duration as Fabric writes it, from 1ms to 24h: `500ms`, `2s`, `1m30s`. */
export const GoDuration = z
  .string()
  .regex(/^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/, 'write a duration such as 500ms or 2s')
  .refine((duration) => durationMs(duration) >= 1 && durationMs(duration) <= 24 * 3_600_000, 'from 1ms to 24h')

const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a `GoDuration`. */
export function durationMs(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)]
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (unitMs[unit] ?? 0), 0)
}

/**
 * When an orderer cuts a block. Defaults are those of Fabric's sample configtx.yaml, but the time-out, which is shorter here:
 * it is what a lone transaction waits for.
 */
export const BatchSettings = z.strictObject({
  timeout: GoDuration.default('200ms'),
  maxMessages: z.int().min(1).max(100_000).default(500),
  /** Bytes. The channel's configuration, with the certificates of all organizations, must fit too, or it never changes again. */
  absoluteMaxBytes: z
    .int()
    .min(64 * 1024)
    .max(99 * 1024 * 1024)
    .default(10 * 1024 * 1024),
  /** Bytes. */
  preferredMaxBytes: z
    .int()
    .min(1024)
    .max(99 * 1024 * 1024)
    .default(2 * 1024 * 1024),
})
export type BatchSettings = z.infer<typeof BatchSettings>

/** Raft: tolerates the loss of fewer than half of its orderers. */
export const RaftConsensus = z.strictObject({
  type: z.literal('raft'),
  tickInterval: GoDuration.default('100ms'),
  electionTick: z.int().min(2).max(1000).default(10),
  heartbeatTick: z.int().min(1).max(100).default(1),
  maxInflightBlocks: z.int().min(1).max(1000).default(5),
  /** Bytes. */
  snapshotIntervalSize: z
    .int()
    .min(1024)
    .default(16 * 1024 * 1024),
})

/** SmartBFT: n ≥ 3f + 1 orderers tolerate f that lie. Needs Fabric 3 and capability V3_0. */
export const BftConsensus = z.strictObject({
  type: z.literal('bft'),
  requestForwardTimeout: GoDuration.default('2s'),
  requestComplainTimeout: GoDuration.default('20s'),
  viewChangeTimeout: GoDuration.default('20s'),
  leaderHeartbeatTimeout: GoDuration.default('1m0s'),
})

export type BftConsensus = z.infer<typeof BftConsensus>

export const Consensus = z.discriminatedUnion('type', [RaftConsensus, BftConsensus])
export type Consensus = z.infer<typeof Consensus>

/** One channel as wanted. Every orderer of the ordering organizations is a consenter, every peer of the members joins. */
export const ChannelSpec = z.strictObject({
  name: ChannelName,
  consensus: Consensus.prefault({ type: 'raft' }),
  batch: BatchSettings.prefault({}),
  /** Organizations whose orderers order this channel; default: all that have orderers. */
  orderers: z.array(OrganizationName).min(1).max(50).optional(),
  /** Organizations whose peers join; default: all that have peers. */
  members: z.array(OrganizationName).min(1).max(50).optional(),
  contracts: z.array(DeploymentSpec).max(100).default([]),
})
export type ChannelSpec = z.infer<typeof ChannelSpec>
