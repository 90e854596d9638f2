/** What a package exports to others says in a doc comment what its type cannot. */
import { posix } from 'node:path'
import ts from 'typescript'
import { type Finding, lineOf, type Project, type Rule, type SourceFile } from './project.ts'

type Named = { readonly source: SourceFile; readonly node: ts.Node }

/** Every function that an index.ts of packages/ exports, its own or another file's, has a doc comment. */
export const documentsPublicFunctions: Rule = (project) => {
  const byPath = new Map(project.sources.map((source) => [source.path, source]))
  const indexes = project.sources.filter(({ path }) => /^packages\/[^/]+\/(?:[^/]+\/)?index\.ts$/.test(path))
  const functions = new Map<ts.Node, SourceFile>()
  for (const index of indexes) {
    for (const { source, node } of exportsOf(index, byPath, project).values()) {
      if (isFunction(node)) functions.set(node, source)
    }
  }
  return [...functions].filter(([node]) => !hasDocComment(node)).map(([node, source]) => findingFor(node, source))
}

function exportsOf(source: SourceFile, byPath: ReadonlyMap<string, SourceFile>, project: Project): Map<string, Named> {
  const found = new Map<string, Named>()
  for (const statement of source.tree.statements) {
    if (ts.isExportDeclaration(statement)) {
      for (const [name, named] of reExports(statement, source, byPath, project)) found.set(name, named)
    } else if (isExported(statement)) {
      for (const [name, node] of declared(statement)) found.set(name, { source, node })
    }
  }
  return found
}

function reExports(
  statement: ts.ExportDeclaration,
  source: SourceFile,
  byPath: ReadonlyMap<string, SourceFile>,
  project: Project,
): [string, Named][] {
  if (statement.isTypeOnly || !statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) return []
  const target = byPath.get(posix.join(posix.dirname(source.path), statement.moduleSpecifier.text))
  if (target === undefined) return []
  const all = exportsOf(target, byPath, project)
  const clause = statement.exportClause
  if (clause === undefined || !ts.isNamedExports(clause)) return [...all]
  return clause.elements.flatMap((element): [string, Named][] => {
    const named = all.get((element.propertyName ?? element.name).text)
    return named === undefined ? [] : [[element.name.text, named]]
  })
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  )
}

function declared(statement: ts.Statement): [string, ts.Node][] {
  if (ts.isFunctionDeclaration(statement) && statement.name) return [[statement.name.text, statement]]
  if (!ts.isVariableStatement(statement)) return []
  return statement.declarationList.declarations.map((declaration) => [declaration.name.getText(), declaration])
}

function isFunction(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node)) return true
  const value = ts.isVariableDeclaration(node) ? node.initializer : undefined
  return value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value))
}

function hasDocComment(node: ts.Node): boolean {
  if (ts.getJSDocCommentsAndTags(node).length > 0) return true
  // Of overloads, the first one carries it.
  const { parent } = node
  if (!ts.isFunctionDeclaration(node) || !ts.isSourceFile(parent)) return false
  return parent.statements.some(
    (other) =>
      ts.isFunctionDeclaration(other) &&
      other.name?.text === node.name?.text &&
      ts.getJSDocCommentsAndTags(other).length > 0,
  )
}

function findingFor(node: ts.Node, source: SourceFile): Finding {
  const name = ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node) ? node.name?.getText() : ''
  return {
    path: source.path,
    line: lineOf(source, node.getStart()),
    message: `${name} is public and has no doc comment`,
  }
}
