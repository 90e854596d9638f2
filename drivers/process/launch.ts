import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '@cello/kit'
import { type Mark, markVariables, type ProcessId, readStat } from './processes.ts'

export interface Launch {
  readonly mark: Mark
  /** Absolute path of the program. */
  readonly program: string
  readonly args: readonly string[]
  /** Variables of the node; nothing of our own environment goes in. */
  readonly env: Readonly<Record<string, string>>
  readonly workingFolder: string
  /** Standard output and error are appended here. */
  readonly logFile: string
  readonly openFiles?: number | undefined
  /** Called when it ended while we live. */
  readonly onEnd: () => void
}

/** What every node finds on its PATH: POSIX tools, which builder programs of a peer need. */
const path = '/usr/local/bin:/usr/bin:/bin'

/**
 * The launcher as a file of the host's own, so that it outlives a clone that is moved or updated while nodes run: `sh` reads
 * a script piece by piece. Its name has its digest, so it is never changed in place.
 */
export class Launcher {
  readonly #file: string
  readonly #text = readFileSync(new URL('./launcher.sh', import.meta.url), 'utf8')

  constructor(folder: string) {
    this.#file = join(folder, `launcher-${sha256Hex(this.#text).slice(0, 12)}.sh`)
  }

  /** Starts a node in a session of its own. @returns its launcher, which leads that session and a group of the same number. */
  async start(launch: Launch): Promise<ProcessId> {
    this.#install()
    const { mark, openFiles = '-' } = launch
    // Appending, so that whoever shortens the file need not tell the writer. A pipe would kill the node with its reader.
    const log = openSync(launch.logFile, 'a', 0o600)
    try {
      const child = spawn(
        '/bin/sh',
        [this.#file, mark.folder, mark.run, String(openFiles), launch.program, ...launch.args],
        {
          detached: true,
          stdio: ['ignore', log, log],
          cwd: launch.workingFolder,
          env: { PATH: path, ...launch.env, ...markVariables(mark) },
        },
      )
      if (child.pid === undefined) {
        const [error] = await once(child, 'error')
        throw error
      }
      child.once('exit', launch.onEnd)
      child.unref()
      // It cannot vanish before this: it is our child, and nobody has waited for it yet.
      return { pid: child.pid, startTime: readStat(child.pid)?.startTime ?? '' }
    } finally {
      closeSync(log)
    }
  }

  #install(): void {
    if (existsSync(this.#file)) return
    mkdirSync(join(this.#file, '..'), { recursive: true, mode: 0o700 })
    writeFileSync(`${this.#file}.new`, this.#text, { mode: 0o600 })
    renameSync(`${this.#file}.new`, this.#file)
  }
}
