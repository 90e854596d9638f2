import type { Clock } from '@cello/kit'
import { findMarked, type MarkedProcess } from './processes.ts'

/** How long one look at all processes serves, milliseconds: as long as one pass over many nodes takes. */
const freshMs = 20

/** All processes with our mark. Many who ask in one pass share one look. */
export class MarkedProcesses {
  readonly #nodesFolder: string
  readonly #clock: Clock
  #at = Number.NEGATIVE_INFINITY
  #found: readonly MarkedProcess[] = []

  constructor(nodesFolder: string, clock: Clock) {
    this.#nodesFolder = nodesFolder
    this.#clock = clock
  }

  recent(): readonly MarkedProcess[] {
    return this.#clock.monotonic() - this.#at < freshMs ? this.#found : this.now()
  }

  now(): readonly MarkedProcess[] {
    this.#found = findMarked(this.#nodesFolder)
    this.#at = this.#clock.monotonic()
    return this.#found
  }
}
