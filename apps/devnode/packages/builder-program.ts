/** Runs the programs of an external builder as Fabric runs them (core/container/externalbuilder). */
import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Log } from '../operations/log.ts'
import type { ExternalBuilder } from '../settings/peer-lists.ts'

/** Folders that a builder is given; each is its own. */
export interface BuildFolders {
  readonly source: string
  readonly metadata: string
  readonly output: string
  readonly release: string
}

export interface BuilderPrograms {
  readonly name: string
  /** Whether the package is for this builder. */
  detect(folders: BuildFolders): Promise<boolean>
  /** @throws Error in Fabric's words; what the program said is in the log */
  build(folders: BuildFolders): Promise<void>
  /** Nothing where there is no such program. @throws Error in Fabric's words */
  release(folders: BuildFolders): Promise<void>
}

export interface BuilderOptions {
  /** The program's own variables: a builder sees those that are always passed on, and those that it names. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Longest run of one program; Fabric waits for ever, and only the call that installs ends (chaincode.installTimeout). */
  readonly timeoutMs: number
  readonly log: Log
}

/** What every builder sees. */
const alwaysPassed = ['LD_LIBRARY_PATH', 'LIBPATH', 'PATH', 'TMPDIR']

export function builderPrograms(builder: ExternalBuilder, options: BuilderOptions): BuilderPrograms {
  const names = new Set([...builder.propagateEnvironment, ...alwaysPassed])
  const env = Object.fromEntries(Object.entries(options.environment).filter(([name]) => names.has(name)))
  const run = (program: string, args: readonly string[]) =>
    runProgram(join(builder.path, 'bin', program), args, { ...options, env, builder: builder.name })
  return {
    name: builder.name,
    async detect({ source, metadata }) {
      return (await run('detect', [source, metadata])) === undefined
    },
    async build({ source, metadata, output }) {
      const failure = await run('build', [source, metadata, output])
      if (failure !== undefined) throw new Error(`external builder '${builder.name}' failed: ${failure}`)
    },
    async release({ output, release }) {
      if (!(await isExecutable(join(builder.path, 'bin', 'release')))) return
      const failure = await run('release', [output, release])
      if (failure !== undefined) throw new Error(`builder '${builder.name}' release failed: ${failure}`)
    },
  }
}

interface Run {
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
  readonly log: Log
  readonly builder: string
}

/** @returns how it failed, as Go says it; undefined when it ended well */
function runProgram(path: string, args: readonly string[], run: Run): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(path, args, {
      env: run.env,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: run.timeoutMs,
      killSignal: 'SIGKILL',
    })
    createInterface({ input: child.stderr }).on('line', (line) => {
      run.log.info(line, { builder: run.builder, command: path.slice(path.lastIndexOf('/') + 1) })
    })
    child.once('error', (error: NodeJS.ErrnoException) => resolve(`fork/exec ${path}: ${goReason(error)}`))
    child.once('close', (code, signal) => {
      if (code === 0) resolve(undefined)
      else resolve(signal === null ? `exit status ${code}` : `signal: ${goSignals[signal] ?? signal}`)
    })
  })
}

const goSignals: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
}

function goReason({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'no such file or directory'
  return code === 'EACCES' ? 'permission denied' : message
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
