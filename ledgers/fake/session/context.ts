import type { WorldForSessions } from '../world/world-api.ts'
import type { Reach } from './reach.ts'

/** What the parts of a session share. */
export interface SessionContext {
  readonly world: WorldForSessions
  readonly reach: Reach
  /** Unique text. */
  readonly random: () => string
}
