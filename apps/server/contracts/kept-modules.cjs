'use strict'
/*
 * Loads modules as Node does, but from one file of sources and one of compiled code instead of hundreds of files: a contract
 * node starts with half of the processor time. Every module is in `require.cache` under its own path, with its own stack traces,
 * `__dirname` and `require`, and exists once, whoever asks for it: contracts notice nothing.
 *
 * A program of its own, with what keep-modules-program.ts made of the packages that come with Cello beside it, for the nodes of
 * all contracts that run on these. Plain CommonJS, as is what it loads.
 */
const { readFileSync } = require('node:fs')
const Module = require('node:module')
const nodePath = require('node:path')
const { constants, Script } = require('node:vm')

const head = '(function (exports, require, module, __filename, __dirname) { '
const tail = '\n})'

/** A file's text as the function that Node makes of a CommonJS module. */
const wrapped = (text) => `${head}${text}${tail}`

/**
 * @param find  path → `{ source, code, needs }`: wrapped text, its compiled code if any, and a function that says which path its
 * `require` finds; where it says nothing, Node is asked.
 * @param onScript  told of each module's script
 */
function moduleLoader(find, onScript = () => {}) {
  return function load(path, parent) {
    const known = require.cache[path]
    if (known) return known.exports
    const { source, code, needs } = find(path)
    const module = new Module(path, parent)
    module.filename = path
    require.cache[path] = module
    try {
      const script = new Script(source, {
        filename: path,
        columnOffset: -head.length,
        // Of another release of Node it is refused by V8, and the source is compiled.
        cachedData: code,
        importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      })
      onScript(path, script)
      const { exports } = module
      script.runInThisContext().call(exports, exports, requireOf(module, needs, load), module, path, module.path)
    } catch (error) {
      delete require.cache[path]
      throw error
    }
    module.loaded = true
    return module.exports
  }
}

function requireOf(module, needs, load) {
  let nodes
  const node = () => (nodes ??= Module.createRequire(module.filename))
  const found = (specifier) => {
    const path = needs(specifier)
    if (path !== undefined) return load(path, module)
    return Module.isBuiltin(specifier) ? require(specifier) : node()(specifier)
  }
  found.main = require.main
  found.cache = require.cache
  found.extensions = require.extensions
  Object.defineProperty(found, 'resolve', { get: () => node().resolve })
  return found
}

/** Files beside this one. */
const at = (name) => nodePath.join(__dirname, name)
const files = { index: at('modules.json'), sources: at('modules.txt'), code: at('modules.code') }

/** @param root  the folder `node_modules` of these packages; @returns a function that loads a module by its path below it */
function openKept(root) {
  const index = JSON.parse(readFileSync(files.index, 'utf8'))
  const sources = readFileSync(files.sources)
  const code = readFileSync(files.code)
  const path = (name) => `${root}/${name}`
  const load = moduleLoader((filename) => {
    const entry = index[filename.slice(root.length + 1)]
    return {
      source: sources.toString('utf8', ...entry.source),
      code: code.subarray(...entry.code),
      needs: (specifier) => (Object.hasOwn(entry.needs, specifier) ? path(entry.needs[specifier]) : undefined),
    }
  })
  return (name) => load(path(name))
}

module.exports = { files, moduleLoader, openKept, wrapped }
