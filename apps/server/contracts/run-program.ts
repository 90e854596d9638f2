import { spawn } from 'node:child_process'

export interface ProgramRun {
  readonly command: string
  readonly args: readonly string[]
  readonly folder: string
  /** All that the program sees. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export interface ProgramResult {
  /** `null` when a signal ended it. */
  readonly code: number | null
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
}

/** Output kept of each stream; the rest is read and dropped. */
const maxOutputBytes = 4 * 1024 * 1024

/**
 * Runs a program to its end, in a process group of its own that is killed whole when time is up or the signal fires.
 * @throws the signal's reason, or the system's error when it cannot be started.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramResult> {
  run.signal?.throwIfAborted()
  const child = spawn(run.command, run.args, {
    cwd: run.folder,
    env: run.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let timedOut = false
  const kill = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  const timer = setTimeout(() => {
    timedOut = true
    kill()
  }, run.timeoutMs)
  run.signal?.addEventListener('abort', kill, { once: true })
  try {
    const [stdout, stderr, code] = await Promise.all([
      collect(child.stdout),
      collect(child.stderr),
      new Promise<number | null>((resolve, reject) => {
        child.once('error', reject)
        child.once('close', resolve)
      }),
    ])
    run.signal?.throwIfAborted()
    return { code, timedOut, stdout, stderr }
  } finally {
    clearTimeout(timer)
    run.signal?.removeEventListener('abort', kill)
  }
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream) {
    if (bytes < maxOutputBytes) chunks.push(chunk)
    bytes += chunk.length
  }
  return Buffer.concat(chunks).toString()
}
