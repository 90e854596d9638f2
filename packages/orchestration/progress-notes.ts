import type { Clock } from '@cello/kit'
import type { Step, StepProgress } from '@cello/model'

/** Milliseconds between two notes of one step: a person sees it move, and a long download writes little. */
const everyMs = 500

export interface ProgressNotes extends AsyncDisposable {
  /** Says how far a step is; written down now and then. */
  note(step: Step, progress: StepProgress): void
  /** Writes the last that was said, and waits until all is written. */
  settle(): Promise<void>
}

/** Writes progress down in order, no oftener than it is looked at. A note that cannot be written is left out: it is for the eye alone. */
export function progressNotes(
  clock: Clock,
  write: (step: Step, progress: StepProgress) => Promise<void>,
): ProgressNotes {
  let writing = Promise.resolve()
  let left: { readonly step: Step; readonly progress: StepProgress } | undefined
  let writtenAt = Number.NEGATIVE_INFINITY
  const flush = () => {
    const note = left
    if (!note) return
    left = undefined
    writtenAt = clock.monotonic()
    writing = writing.then(() => write(note.step, note.progress)).catch(() => {})
  }
  const settle = async () => {
    flush()
    await writing
  }
  return {
    note: (step, progress) => {
      left = { step, progress }
      if (clock.monotonic() - writtenAt >= everyMs) flush()
    },
    settle,
    [Symbol.asyncDispose]: settle,
  }
}
