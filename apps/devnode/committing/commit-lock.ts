/** Simulations share the state; a commit has it alone, and those that come while it waits wait behind it. */
export interface CommitLock {
  /** Resolves when nothing is being committed. @returns how to let go; calling it again does nothing */
  share(): Promise<() => void>
  /** Resolves when nobody else has the state. @returns how to let go */
  alone(): Promise<() => void>
}

interface Waiting {
  readonly isAlone: boolean
  readonly start: () => void
}

export function commitLock(): CommitLock {
  const queue: Waiting[] = []
  let sharing = 0
  let isTaken = false
  const admit = () => {
    for (let next = queue[0]; next && !isTaken && (!next.isAlone || sharing === 0); next = queue[0]) {
      queue.shift()
      if (next.isAlone) isTaken = true
      else sharing++
      next.start()
    }
  }
  const enter = (isAlone: boolean) =>
    new Promise<() => void>((resolve) => {
      const start = () =>
        resolve(
          once(() => {
            if (isAlone) isTaken = false
            else sharing--
            admit()
          }),
        )
      queue.push({ isAlone, start })
      admit()
    })
  return { share: () => enter(false), alone: () => enter(true) }
}

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}
