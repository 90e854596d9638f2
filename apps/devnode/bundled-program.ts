/**
 * The program in the bundle. A node has a folder for temporary files of its own, so Node's compile cache would be cold at
 * each first start: V8's code of the program is kept beside it instead.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { constants, Script } from 'node:vm'
import type { Run } from './load-program.ts'
import type { loadAll, Surroundings } from './run.ts'

interface Program {
  readonly run: Run
  readonly loadAll: typeof loadAll
}

const source = join(import.meta.dirname, 'devnode.cjs')
const code = join(import.meta.dirname, 'devnode.code')

/** V8 takes code that was made under the same flags alone: this is called once they are set. */
export async function loadProgram(env: Surroundings['env']): Promise<Run> {
  const script = new Script(`(function(exports,require,module){${readFileSync(source, 'utf8')}\n})`, {
    filename: source,
    // Of another Node it is refused by V8, and the source is compiled.
    ...(existsSync(code) ? { cachedData: readFileSync(code) } : {}),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const module: { exports: Partial<Program> } = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(source), module)
  const { run, loadAll } = module.exports
  if (!run || !loadAll) throw new Error(`${source} is not the devnode`)
  // Whoever makes the bundle starts it once so: what a node compiles at its start is kept.
  if (env['DEVNODE_KEEP_CODE'] === 'yes') {
    await loadAll()
    writeFileSync(code, script.createCachedData())
  }
  return run
}
