import type { CommittedBlock } from './peer-channel.ts'

/** Who is told of blocks: with the block itself, or only that there is one. */
export interface Listeners {
  readonly add: (listener: (block: CommittedBlock) => void) => () => void
  /** Resolves at the next block or `wake`, or at the signal. */
  changed(signal: AbortSignal): Promise<void>
  tell(block: CommittedBlock): void
  wake(): void
}

/** @param onFailure told what a listener threw: the others are told of the block all the same */
export function listenersOf(onFailure: (error: unknown) => void): Listeners {
  const listeners = new Set<(block: CommittedBlock) => void>()
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const done of waiting) done()
  }
  return {
    wake,
    add(listener) {
      // A function of its own, so that the same listener may be added twice.
      const own = (block: CommittedBlock) => listener(block)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    async changed(signal) {
      if (signal.aborted) return
      await new Promise<void>((resolve) => {
        const done = () => {
          waiting.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        waiting.add(done)
        signal.addEventListener('abort', done)
      })
    },
    tell(block) {
      for (const listener of listeners) {
        try {
          listener(block)
        } catch (error) {
          onFailure(error)
        }
      }
      wake()
    },
  }
}
