/** What happened in a transaction, for developers of contracts: no Fabric tool tells this. */
export type TraceEvent =
  | {
      readonly kind: 'read'
      readonly namespace: string
      readonly key: string
      readonly found: boolean
      readonly bytes: number
    }
  | {
      readonly kind: 'range'
      readonly namespace: string
      readonly start: string
      readonly end: string
      readonly keys: number
    }
  | { readonly kind: 'query'; readonly namespace: string; readonly query: string; readonly keys: number }
  | {
      readonly kind: 'write'
      readonly namespace: string
      readonly key: string
      readonly bytes: number
      readonly isDelete: boolean
    }
  | {
      readonly kind: 'private'
      readonly namespace: string
      readonly collection: string
      readonly act: 'read' | 'hash' | 'write' | 'delete' | 'purge' | 'range'
    }
  | { readonly kind: 'call'; readonly contract: string; readonly channel: string; readonly status: number }
  | { readonly kind: 'answer'; readonly status: number; readonly message: string; readonly ms: number }
  | { readonly kind: 'policy'; readonly policy: string; readonly signers: readonly string[]; readonly refusal?: string }
  | {
      readonly kind: 'conflict'
      readonly namespace: string
      readonly key: string
      readonly read: string
      readonly committed: string
    }
  | { readonly kind: 'verdict'; readonly code: string; readonly block: number; readonly reason?: string }
  /** Further reads and writes were too many to keep. */
  | { readonly kind: 'cut' }

/** Collects events; private values are never in them, only that they were touched. */
export interface TraceSink {
  add(event: TraceEvent): void
}

/** The traces of the newest transactions, in memory: a restart forgets them. */
export interface Traces {
  /** The sink of one transaction on a channel; the same id gives the same trace. */
  of(channel: string, txId: string): TraceSink
  read(channel: string, txId: string): readonly TraceEvent[] | undefined
  /** Transactions that have a trace, newest first. */
  newest(channel: string, limit: number): readonly TracedTransaction[]
}

export interface TracedTransaction {
  readonly txId: string
  /** When its trace began, in milliseconds since 1970 by this peer's clock. */
  readonly at: number
}
