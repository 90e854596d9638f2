import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface ProcessPlan {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Working folder. */
  readonly folder: string
  /** Where the log goes; default: the working folder. */
  readonly logFolder?: string
}

/** A real node as a child process, which can be killed and started again on the same folder. */
export interface NodeProcess {
  readonly pid: number | undefined
  start(): void
  /** SIGTERM, after 5 s SIGKILL; waits for the end. */
  stop(): Promise<void>
  /** SIGKILL; waits for the end. */
  kill(): Promise<void>
  /** Lets it stand still (SIGSTOP) until that is disposed of. */
  pause(): Disposable
  /** The end of its output. */
  log(): string
}

export function nodeProcess(plan: ProcessPlan): NodeProcess {
  const logFolder = plan.logFolder ?? plan.folder
  mkdirSync(logFolder, { recursive: true })
  const logFile = join(logFolder, 'node.log')
  let child: ChildProcess | undefined
  const end = async (signal: NodeJS.Signals) => {
    const current = child
    if (!current || current.exitCode !== null || current.signalCode !== null) return
    const exited = once(current, 'exit')
    current.kill(signal)
    const patience = setTimeout(() => current.kill('SIGKILL'), 5_000)
    await exited
    clearTimeout(patience)
  }
  return {
    get pid() {
      return child?.pid
    },
    start() {
      // A file, never a pipe: a Go program whose log reader is gone is killed by SIGPIPE.
      const log = openSync(logFile, 'a')
      child = spawn(plan.program, plan.args, { cwd: plan.folder, env: plan.env, stdio: ['ignore', log, log] })
      closeSync(log)
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause() {
      child?.kill('SIGSTOP')
      return { [Symbol.dispose]: () => void child?.kill('SIGCONT') }
    },
    log: () => readFileSync(logFile, 'utf8').slice(-4_000),
  }
}

/** Runs a tool to its end. @throws Error with what it printed when it fails */
export function runTool(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: { PATH: '/usr/bin:/bin', ...env } }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}: ${stderr}${stdout}`, { cause: error }))
      else resolve(stdout + stderr)
    })
  })
}
