import { appendFileSync } from 'node:fs'

/** Where log lines go: to the end of a file that only we can read. */
export function logFile(path: string): { write(line: string): void } {
  return {
    write: (line) => {
      try {
        appendFileSync(path, line, { mode: 0o600 })
      } catch {
        // Whoever logs is at work, often on what is wrong: a disk that is full must not end that, nor the server.
      }
    },
  }
}
