import { readFile } from 'node:fs/promises'
import { getCompileCacheDir } from 'node:module'
import { dirname, join } from 'node:path'
import { PlatformError } from '@cello/model'
import { z } from 'zod'
import { runProgram } from './run-program.ts'

/** What the compiler's process answers. */
export const CompileResult = z.object({ problems: z.array(z.string()), written: z.array(z.string()) })
export type CompileResult = z.infer<typeof CompileResult>

const timeoutMs = 120_000
const problemsKept = 50

const program = join(import.meta.dirname, 'compile-program.ts')

/** What the result hangs on beside the sources, where they import what is shipped alone: our options, compiler and declarations. */
export async function compilerFacts(): Promise<string[]> {
  const lockfile = join(import.meta.dirname, '../../../package-lock.json')
  return Promise.all([program, lockfile].map((path) => readFile(path, 'utf8')))
}

/**
 * Compiles the TypeScript in a folder with the compiler that comes with Cello, as its tsconfig.json says and with decorators.
 * @returns paths of what was written, below the folder
 * @throws PlatformError BUILD_FAILED, with every problem in `facts.problems`.
 */
export async function compileContract(
  folder: string,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<string[]> {
  // Where this process keeps compiled code, if it does: the compiler then starts in a third of the time.
  const cache = getCompileCacheDir()
  const result = await runProgram({
    command: process.execPath,
    args: ['--max-old-space-size=1024', program, folder],
    folder,
    env: cache ? { NODE_COMPILE_CACHE: dirname(cache) } : {},
    timeoutMs,
    signal: options.signal,
  })
  const { problems, written } = readResult(result)
  const [first] = problems
  if (first === undefined) return written
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  throw new PlatformError('BUILD_FAILED', { detail: `${first}${more}`, problems: problems.slice(0, problemsKept) })
}

function readResult({ code, timedOut, stdout, stderr }: Awaited<ReturnType<typeof runProgram>>): CompileResult {
  if (code === 0) return CompileResult.parse(JSON.parse(stdout))
  const detail = timedOut
    ? `the compiler took more than ${timeoutMs / 1000} s`
    : `the compiler ended with ${code ?? 'a signal'}: ${stderr.trim().split('\n').slice(-3).join(' ')}`
  throw new PlatformError('BUILD_FAILED', { detail })
}
