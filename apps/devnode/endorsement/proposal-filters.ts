/** Fabric's filters before the endorser (`peer.handlers.authFilters`; core/handlers/auth/filter). */
import type { peer } from '@hyperledger/fabric-protos'
import { wrapped } from '../contracts/words.ts'
import { expiryOf } from '../msp/identity.ts'
import { type ProposalParts, partsOf } from './proposal-parts.ts'

export interface ProposalFilters {
  /** The creator's certificate may not have expired. */
  readonly expiry: boolean
  /** The proposal's time may not be further from the peer's clock than `timeWindowMs`. */
  readonly time: boolean
  readonly timeWindowMs: number
}

/** @param nowMs milliseconds since 1970 @throws Error in Fabric's words */
export function filterProposal(signed: peer.SignedProposal, filters: ProposalFilters, nowMs: number): void {
  if (!filters.expiry && !filters.time) return
  const parts = partsOf(signed)
  parsing('proposal', parts.proposal)
  parsing('header', parts.header)
  if (filters.expiry) checkExpiry(parts, nowMs)
  if (filters.time) checkTime(parts, filters.timeWindowMs, nowMs)
}

function checkExpiry({ signatureHeader }: ProposalParts, nowMs: number): void {
  const creator = parsing('signature header', signatureHeader).getCreator_asU8()
  const expiry = expiryOf(creator)
  if (expiry !== undefined && nowMs > expiry) throw new Error('proposal client identity expired')
}

function checkTime({ channelHeader }: ProposalParts, windowMs: number, nowMs: number): void {
  const timestamp = parsing('channel header', channelHeader).getTimestamp()
  const timeMs = (timestamp?.getSeconds() ?? 0) * 1_000 + (timestamp?.getNanos() ?? 0) / 1e6
  if (Math.abs(nowMs - timeMs) <= windowMs) return
  throw new Error(
    `request unauthorized due to incorrect timestamp ${rfc3339(timeMs)}, peer time ${rfc3339(nowMs)}, peer.authentication.timewindow ${goDuration(windowMs)}`,
  )
}

function parsing<T>(part: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw wrapped(`failed parsing ${part}`, error)
  }
}

/** The largest time that a Date holds; proposals may name later ones. */
const lastDateMs = 8.64e15

function rfc3339(timeMs: number): string {
  const date = new Date(Math.max(-lastDateMs, Math.min(lastDateMs, timeMs)))
  return `${date.toISOString().slice(0, -5)}Z`
}

/** As Go writes a duration of a second or more: `15m0s`. */
function goDuration(ms: number): string {
  const seconds = ms / 1_000
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  const small = `${minutes}m${seconds % 60}s`
  return hours > 0 ? `${hours}h${small}` : minutes > 0 ? small : `${seconds}s`
}
