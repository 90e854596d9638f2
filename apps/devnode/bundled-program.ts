/**
 * The start of the bundled program. A node has a folder for temporary files of its own, so Node's compile cache would be
 * cold at each first start: V8's code of the program is kept beside it instead.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { constants, Script } from 'node:vm'
import type { loadAll, run } from './run.ts'
import { startProgram } from './start-program.ts'

const source = join(import.meta.dirname, 'devnode.cjs')
const code = join(import.meta.dirname, 'devnode.code')

interface Program {
  readonly run: typeof run
  readonly loadAll: typeof loadAll
}

/** V8 takes code that was made under the same flags alone: it is compiled once they are set. */
function compile(file: string): Script {
  return new Script(`(function(exports,require,module){${readFileSync(file, 'utf8')}\n})`, {
    filename: file,
    // Of another Node it is refused by V8, and the source is compiled.
    ...(existsSync(code) ? { cachedData: readFileSync(code) } : {}),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
}

function load(script: Script, file: string): Program {
  const module: { exports: Partial<Program> } = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(file), module)
  const { run, loadAll } = module.exports
  if (!run || !loadAll) throw new Error(`${file} is not the devnode`)
  return { run, loadAll }
}

await startProgram(async () => {
  const script = compile(source)
  const program = load(script, source)
  // Whoever makes the bundle starts it once so: what a node compiles at its start is kept.
  if (process.env['DEVNODE_KEEP_CODE'] === 'yes') {
    await program.loadAll()
    writeFileSync(code, script.createCachedData())
  }
  return program.run
})
