/** Turns a workspace and those of ours that it uses into plain JavaScript with declarations. */
import { readFileSync, writeFileSync } from 'node:fs'
import { posix, relative, sep } from 'node:path'
import ts from 'typescript'
import type { PublishedPackage } from './published-package.ts'

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.esnext.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: true,
  declaration: true,
  skipLibCheck: true,
  noEmitOnError: true,
}

/**
 * Compiles what the package's entries reach, and nothing else: no test is reached. Files land under `outFolder` as they
 * lie under packages/ (`fabric/codec/index.js`), and imports of our workspaces become relative ones.
 * @returns the foreign packages that the result imports
 */
export function compile(published: PublishedPackage, root: string, outFolder: string): Set<string> {
  const rootDir = posix.join(root, 'packages')
  const entries = Object.values(published.entries).map((entry) => posix.join(rootDir, entry))
  // By their sources: what TypeScript finds in node_modules it does not compile.
  const paths = Object.fromEntries(
    Object.entries(published.folded).map(([name, file]) => [name, [posix.join(rootDir, file.replace(/\.js$/, '.ts'))]]),
  )
  const program = ts.createProgram(entries, { ...options, rootDir, outDir: outFolder, paths })
  const written: string[] = []
  const result = program.emit(undefined, (file, text) => {
    ts.sys.writeFile(file, text)
    written.push(file)
  })
  const problems = [...ts.getPreEmitDiagnostics(program), ...result.diagnostics]
  if (problems.length > 0) throw new Error(ts.formatDiagnostics(problems, formatHost(root)))
  const foreign = new Set<string>()
  for (const file of written) settleImports(file, { published, outFolder, foreign })
  return foreign
}

const formatHost = (root: string): ts.FormatDiagnosticsHost => ({
  getCurrentDirectory: () => root,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
})

interface Settling {
  readonly published: PublishedPackage
  readonly outFolder: string
  readonly foreign: Set<string>
}

/** Folded workspaces are named by their place, and declarations name the files that are there. */
function settleImports(file: string, { published, outFolder, foreign }: Settling): void {
  const text = readFileSync(file, 'utf8')
  const folder = posix.dirname(relative(outFolder, file).split(sep).join('/'))
  const settled = text.replaceAll(
    /(\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\2/g,
    (whole, before, quote, specifier) => {
      if (specifier.startsWith('.')) return `${before}${quote}${specifier.replace(/\.ts$/, '.js')}${quote}`
      const folded = published.folded[specifier]
      if (folded !== undefined) return `${before}${quote}${relativeTo(folder, folded)}${quote}`
      if (!specifier.startsWith('node:')) foreign.add(nameOf(specifier))
      return whole
    },
  )
  if (settled !== text) writeFileSync(file, settled)
}

function relativeTo(folder: string, target: string): string {
  const path = posix.relative(folder, target)
  return path.startsWith('.') ? path : `./${path}`
}

function nameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
