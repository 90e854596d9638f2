/** What a run is given. */
export interface Run {
  /** An empty folder for all that it writes. */
  readonly folder: string
  readonly signal: AbortSignal
}

/** One run of one way. Milliseconds since its start. */
export interface Measured {
  /** The first transaction's commit status VALID was told. */
  readonly firstCommitMs: number
  /** The first query's answer was there. */
  readonly firstQueryMs: number
  /** What was over when, and where it is known, begun when. */
  readonly parts: readonly { readonly name: string; readonly from?: number; readonly ms: number }[]
}
