import { PlatformError } from '@cello/model'
import type { ChainConfig } from './chain-config.ts'

/** What a simulation read (with the version it had, 0 for none) and wants to write. `null` deletes. */
export interface ReadWriteSet {
  readonly reads: readonly (readonly [key: string, version: number])[]
  readonly writes: readonly (readonly [key: string, value: string | null])[]
}

export interface ContractTransaction extends ReadWriteSet {
  readonly type: 'transaction'
  readonly txId: string
  readonly channel: string
  /** `Org1/admin`. */
  readonly creator: string
  /** `contract/function`, `_lifecycle/approve` … */
  readonly purpose: string
  readonly endorsers: readonly string[]
}

export interface ConfigTransaction {
  readonly type: 'config'
  readonly txId: string
  readonly channel: string
  readonly creator: string
  readonly purpose: 'config'
  /** `config.sequence` is the one that it was made for. */
  readonly config: ChainConfig
}

export type Envelope = ContractTransaction | ConfigTransaction

export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(envelope))
}

/** @throws LEDGER_REFUSED when it is no envelope of the fake ledger. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  try {
    const envelope: Envelope = JSON.parse(new TextDecoder().decode(bytes))
    return envelope
  } catch (error) {
    throw new PlatformError('LEDGER_REFUSED', { detail: 'the envelope cannot be read' }, { cause: error })
  }
}
