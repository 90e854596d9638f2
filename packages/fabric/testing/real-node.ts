/** For tests only: a real node as a child process that leaves nothing behind. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'

/** Writes a tree of relative path → content below a folder; every file is readable by its owner alone. */
export function writeTree(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, path), content, { mode: 0o600 })
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/**
 * Free ports below the ephemeral range. They stay this process's own until it ends, so that a test beside it finds neither
 * those that are still to be listened on nor those of a node that is just down.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  while (found.length < count) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if ((await claim(port)) && (await isFree(port))) found.push(port)
  }
  return found
}

/** Takes the abstract socket of the port's number, which only one process has at a time and which leaves no file. */
function claim(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(true)
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ path: `\0cello-test-port-${port}` }, () => {
      server.unref()
      resolve(true)
    })
  })
}

export interface NodeCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
}

export class RealNode {
  readonly #child: ChildProcess
  readonly #log: string
  readonly #exited: Promise<void>

  constructor({ program, args, env, folder }: NodeCommand) {
    this.#log = join(folder, 'node.log')
    // A file, not a pipe: a node whose log reader is gone is killed by SIGPIPE.
    const log = openSync(this.#log, 'a')
    this.#child = spawn(program, args, { env, cwd: folder, stdio: ['ignore', log, log] })
    closeSync(log)
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve())
      this.#child.once('error', () => resolve())
    })
  }

  log(): string {
    return readFileSync(this.#log, 'utf8')
  }

  /** Asks until the answer is true. @throws with the end of the log when the node exits first, or after 90 s. */
  async until(what: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
    const end = Date.now() + 90_000
    while (!(await isTrue())) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null || Date.now() > end) {
        throw new Error(`${what} did not come true; the log ends with\n${this.log().slice(-3_000)}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM')
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), 5_000)
    await this.#exited
    clearTimeout(patience)
  }
}

export interface Finished {
  readonly code: number
  /** stdout and stderr, in that order. */
  readonly text: string
}

/** Runs a program to its end, 90 s at most. */
export function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { env: { PATH: process.env.PATH ?? '', ...env }, timeout: 90_000 },
      (error, out, err) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
        resolve({ code, text: out + err })
      },
    )
  })
}
