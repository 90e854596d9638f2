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

const [source, code] = ['devnode.cjs', 'devnode.code'].map((name) => join(import.meta.dirname, name))
if (source === undefined || code === undefined) throw new Error('the program has two files beside it')

const script = new Script(`(function(exports,require,module){${readFileSync(source, 'utf8')}\n})`, {
  filename: source,
  // Of another Node it is refused by V8, and the source is compiled.
  ...(existsSync(code) ? { cachedData: readFileSync(code) } : {}),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
})

const module: { exports: { run?: typeof run; loadAll?: typeof loadAll } } = { exports: {} }

await startProgram(async () => {
  script.runInThisContext()(module.exports, createRequire(source), module)
  if (!module.exports.run) throw new Error(`${source} is not the devnode`)
  return module.exports.run
})

// Whoever makes the bundle starts it once so: what a node compiles at its start is kept.
if (process.env['DEVNODE_KEEP_CODE'] === 'yes') {
  await module.exports.loadAll?.()
  writeFileSync(code, script.createCachedData())
}
