import type { ObservedNetwork } from '@cello/model'

/** The newest observation of each network, in memory: heights and states are never written to the database. */
export interface Observations {
  get(networkId: string): ObservedNetwork | undefined
}

/** Asks the engine to look at a key soon. Losing it costs time, never correctness. */
export type Wake = (key: string) => void
