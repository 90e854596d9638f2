import { appendFileSync, renameSync, statSync } from 'node:fs'

export interface LogFileBounds {
  /** A file that has as many is moved aside before the next line. */
  readonly maxBytes: number
  /** With the one that is written to. */
  readonly files: number
}

/** As much as of the output of a node. */
const defaultBounds: LogFileBounds = { maxBytes: 10 * 2 ** 20, files: 3 }

/** Where log lines go: to the end of a file that only we can read. Earlier lines are in `path.1`, and before them in `path.2`. */
export function logFile(path: string, bounds: LogFileBounds = defaultBounds): { write(line: string): void } {
  return {
    write: (line) => {
      attempt(() => moveAside(path, bounds))
      attempt(() => appendFileSync(path, line, { mode: 0o600 }))
    },
  }
}

function moveAside(path: string, { maxBytes, files }: LogFileBounds): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats?.isFile() || stats.size < maxBytes) return
  for (let n = files - 1; n >= 1; n -= 1) {
    const newer = n === 1 ? path : `${path}.${n - 1}`
    attempt(() => renameSync(newer, `${path}.${n}`))
  }
}

function attempt(work: () => void): void {
  try {
    work()
  } catch {
    // Whoever logs is at work, often on what is wrong: a disk that is full must not end that, nor the server.
  }
}
