/*
 * A program of its own, started by compile.ts with a folder as its argument: the compiler holds a core for about a second and
 * 150 MB for good, which the control plane does not have. Reads and writes nothing outside the folder but our own packages.
 */
import { realpathSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import ts from 'typescript'
import type { CompileResult } from './compile.ts'

const [, , folder = ''] = process.argv
process.stdout.write(JSON.stringify(compile(realpathSync(folder))))

function compile(root: string): CompileResult {
  const written: string[] = []
  const system = confined(root, (path) => written.push(relative(root, path)))
  const config = readConfig(root, system)
  const { tsBuildInfoFile: _unused, ...wanted } = config.options
  const options = { ...wanted, ...forced(root, config) }
  const host = ts.createCompilerHost(options)
  Object.assign(host, system)
  const program = ts.createProgram({ rootNames: config.fileNames, options, host })
  const emitted = program.emit()
  const problems = [...config.errors, ...ts.getPreEmitDiagnostics(program), ...emitted.diagnostics]
    .filter(({ category }) => category === ts.DiagnosticCategory.Error)
    .map((problem) => describe(problem, root))
  return { problems: [...new Set(problems)], written }
}

/** A file system of this folder, of the packages linked into it and of the compiler's own declarations. */
function confined(root: string, onWritten: (path: string) => void) {
  const ours = dirname(dirname(dirname(ts.getDefaultLibFilePath({}))))
  const inside = (path: string, of: string) => path === of || path.startsWith(of + sep)
  const real = (path: string) => {
    try {
      return realpathSync(path)
    } catch {
      return path
    }
  }
  const readable = (path: string) => inside(real(path), root) || inside(real(path), ours)
  return {
    fileExists: (path: string) => readable(path) && ts.sys.fileExists(path),
    readFile: (path: string) => (readable(path) ? ts.sys.readFile(path) : undefined),
    directoryExists: (path: string) => readable(path) && ts.sys.directoryExists(path),
    getDirectories: (path: string) => (readable(path) ? ts.sys.getDirectories(path) : []),
    writeFile: (path: string, text: string, _mark?: boolean, onError?: (message: string) => void) => {
      if (!inside(path, root)) return onError?.('it lies outside of the contract')
      ts.sys.createDirectory(dirname(dirname(path)))
      ts.sys.createDirectory(dirname(path))
      ts.sys.writeFile(path, text)
      onWritten(path)
    },
  }
}

function readConfig(root: string, system: ReturnType<typeof confined>): ts.ParsedCommandLine {
  const path = join(root, 'tsconfig.json')
  const { config = {}, error } = system.fileExists(path) ? ts.readConfigFile(path, system.readFile) : { config: {} }
  const parsed = ts.parseJsonConfigFileContent(
    config,
    {
      ...system,
      useCaseSensitiveFileNames: true,
      readDirectory: (...search) => ts.sys.readDirectory(...search).filter(system.fileExists),
    },
    root,
    // What a contract written for an older compiler relies on where its tsconfig.json says nothing.
    undefined,
    path,
  )
  return error ? { ...parsed, errors: [error, ...parsed.errors] } : parsed
}

/** What must be so for a contract to run, and what TypeScript 6 changed under contracts that were written before it. */
function forced(root: string, { options, fileNames }: ts.ParsedCommandLine): ts.CompilerOptions {
  const inSources = fileNames.every((name) => name.startsWith(join(root, 'src') + sep))
  return {
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    noEmit: false,
    noEmitOnError: true,
    emitDeclarationOnly: false,
    declaration: false,
    declarationMap: false,
    composite: false,
    incremental: false,
    ignoreDeprecations: '6.0',
    target: options.target ?? ts.ScriptTarget.ES2022,
    module: options.module ?? ts.ModuleKind.NodeNext,
    strict: options.strict ?? false,
    types: options.types ?? ['node'],
    // Without the declarations of browsers: a fifth of the compiler's time, and no contract runs in one.
    lib: options.lib ?? ['lib.es2024.d.ts'],
    rootDir: options.rootDir ?? (inSources ? join(root, 'src') : root),
    outDir: options.outDir ?? join(root, 'dist'),
    ...(options.allowImportingTsExtensions && { rewriteRelativeImportExtensions: true }),
  }
}

/** `src/asset.ts:12:5: Cannot find name 'x'. (TS2304)` */
function describe({ file, start, messageText, code }: ts.Diagnostic, root: string): string {
  const message = ts.flattenDiagnosticMessageText(messageText, ' ')
  if (!file || start === undefined) return `${message} (TS${code})`
  const { line, character } = file.getLineAndCharacterOfPosition(start)
  return `${relative(root, file.fileName)}:${line + 1}:${character + 1}: ${message} (TS${code})`
}
