/** Rules of the house that no linter brings, each for sources alone. */
import ts from 'typescript'
import { importsOf } from './import-list.ts'
import { type Finding, isForTests, lineOf, type Rule, type SourceFile, walk } from './project.ts'

/** Arguments are arrays: no shell may read a string that we built. */
export const startsNoShell: Rule = ({ sources }) =>
  sources.flatMap((source) => {
    const usesChildren = importsOf(source).some(({ specifier }) => /^(?:node:)?child_process$/.test(specifier))
    return usesChildren ? shellUses(source) : []
  })

function shellUses(source: SourceFile): Finding[] {
  const found: Finding[] = []
  const add = (node: ts.Node, message: string): void => {
    found.push({ path: source.path, line: lineOf(source, node.getStart()), message })
  }
  walk(source.tree, (node) => {
    if (ts.isImportSpecifier(node) && isShellFunction((node.propertyName ?? node.name).text)) {
      add(node, 'exec takes a shell string: use execFile or spawn with an array')
    } else if (
      ts.isPropertyAccessExpression(node) &&
      isShellFunction(node.name.text) &&
      isChildProcess(node.expression)
    ) {
      add(node, 'exec takes a shell string: use execFile or spawn with an array')
    } else if (
      ts.isPropertyAssignment(node) &&
      node.name.getText() === 'shell' &&
      node.initializer.getText() !== 'false'
    ) {
      add(node, 'no shell option: start the program itself')
    }
  })
  return found
}

const isShellFunction = (name: string): boolean => name === 'exec' || name === 'execSync'

function isChildProcess(expression: ts.Expression): boolean {
  return /^(?:child_?process|cp)$/i.test(expression.getText())
}

/** Settings are read once: `process.env` in an app's main.ts or config.ts, in launchers and in tests, nowhere else. */
export const readsEnvironmentOnce: Rule = ({ sources }) =>
  sources
    .filter(
      ({ path }) => !isForTests(path) && !/^apps\/[^/]+\/(?:main|config)\.ts$|-launcher\.cjs$|^examples\//.test(path),
    )
    .flatMap((source) =>
      accessesOf(source, 'env', 'process.env is read in main.ts or config.ts of an app, and passed down from there'),
    )

/** Variables that every terminal program heeds, and nobody passes down: `process.env.NO_COLOR`, or taken from it by name. */
function asksForColour(use: ts.Node): boolean {
  const isConvention = (name: string): boolean =>
    ['NO_COLOR', 'FORCE_COLOR', 'TERM'].includes(name.replaceAll(/['"]/g, ''))
  if (ts.isPropertyAccessExpression(use)) return isConvention(use.name.text)
  if (ts.isElementAccessExpression(use)) return isConvention(use.argumentExpression.getText())
  if (!ts.isVariableDeclaration(use) || !ts.isObjectBindingPattern(use.name)) return false
  return use.name.elements.every(({ propertyName, name }) => isConvention((propertyName ?? name).getText()))
}

/** Whoever ends the process takes the ends of everybody else's work: set `process.exitCode`, or throw. */
export const exitsInMainsOnly: Rule = ({ sources }) =>
  sources
    .filter(
      ({ path }) => !isForTests(path) && !/(?:^|\/)main\.ts$|-launcher\.cjs$|-program\.ts$|^examples\//.test(path),
    )
    .flatMap((source) => accessesOf(source, 'exit', 'process.exit is for mains: throw, or set process.exitCode'))

function accessesOf(source: SourceFile, property: string, message: string): Finding[] {
  const found: Finding[] = []
  walk(source.tree, (node) => {
    if (!ts.isPropertyAccessExpression(node) || node.name.text !== property) return
    if (node.expression.getText() !== 'process' || asksForColour(node.parent)) return
    found.push({ path: source.path, line: lineOf(source, node.getStart()), message })
  })
  return found
}

/** google-protobuf believes whatever comes from outside; the codec looks through it first, and reads it as Go does. */
export const decodesByTheCodec: Rule = ({ sources }) =>
  sources
    // CommonJS is what runs where contracts do: it cannot load the codec.
    .filter(({ path }) => !isForTests(path) && !path.startsWith('packages/fabric/codec/') && !path.endsWith('.cjs'))
    .flatMap((source) => {
      const found: Finding[] = []
      walk(source.tree, (node) => {
        if (!ts.isPropertyAccessExpression(node) || !node.name.text.startsWith('deserializeBinary')) return
        const message = 'bytes from outside are read by decode of @cello/fabric/codec'
        found.push({ path: source.path, line: lineOf(source, node.getStart()), message })
      })
      return found
    })

/** kebab-case, and no name that could hold anything. */
export const namesFilesWell: Rule = ({ sources }) =>
  sources.flatMap(({ path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const base = name.slice(0, name.indexOf('.'))
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(base)) return [{ path, message: 'a file name is kebab-case' }]
    const vague = /(?:^|-)(?:utils?|helpers?|managers?|misc|common)$/.exec(base)
    return vague ? [{ path, message: `${vague[0]} may hold anything: name what the file is for` }] : []
  })
