/** Walls: who may import whom, by what door, and only what is declared. */
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { mayImport } from '../imports.ts'
import { type Import, importsOf, packageOf } from './import-list.ts'
import { type Finding, isForTests, type Project, type Rule, type SourceFile } from './project.ts'
import { rootManifest, type Workspace, workspaceOf, workspacesOf } from './workspaces.ts'

/** Each import stays inside its workspace, or goes to one that the table allows, by an export of it, declared in package.json. */
export const obeysImportTable: Rule = (project) => {
  const workspaces = workspacesOf(project)
  const byName = new Map([...workspaces.values()].map((workspace) => [workspace.manifest.name ?? '', workspace]))
  const rootDev = { ...rootManifest(project).devDependencies, ...rootManifest(project).dependencies }
  return project.sources.flatMap((source) => {
    const from = workspaceOf(source.path, workspaces)
    if (from === undefined) return []
    return importsOf(source).flatMap((imported) => {
      const message = complaint({ project, source, from, imported, byName, rootDev })
      return message === undefined ? [] : [{ path: source.path, line: imported.line, message } satisfies Finding]
    })
  })
}

interface Question {
  readonly project: Project
  readonly source: SourceFile
  readonly from: Workspace
  readonly imported: Import
  readonly byName: ReadonlyMap<string, Workspace>
  readonly rootDev: Readonly<Record<string, string>>
}

function complaint(question: Question): string | undefined {
  const { specifier } = question.imported
  if (specifier.startsWith('.')) return relativeComplaint(question)
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? undefined : `write node:${specifier}`
  const { name, subpath } = packageOf(specifier)
  const to = question.byName.get(name)
  return to === undefined ? foreignComplaint(question, name) : ownComplaint(question, to, subpath)
}

function relativeComplaint({ project, source, from, imported: { specifier } }: Question): string | undefined {
  const target = posix.join(posix.dirname(source.path), specifier)
  if (target === 'package.json') return undefined // for the version
  if (!target.startsWith(`${from.folder}/`))
    return `${specifier} leaves ${from.folder}: import another workspace by its name`
  return project.has(target) ? undefined : `there is no file ${target}`
}

function ownComplaint({ from, source }: Question, to: Workspace, subpath: string): string | undefined {
  const what = `${to.manifest.name}${subpath}`
  if (from.folder === to.folder) return undefined
  if (!mayImport(from.folder, to.folder, subpath)) return `${from.folder} may not import ${what} (tools/imports.ts)`
  if (!Object.hasOwn(to.manifest.exports ?? {}, `.${subpath}`))
    return `${what} is no export of ${to.folder}/package.json`
  if (from.folder === 'tools') return undefined
  return undeclared({ from, source }, to.manifest.name ?? '')
}

function foreignComplaint(question: Omit<Question, 'byName'>, name: string): string | undefined {
  const isHere = Object.hasOwn(question.rootDev, name) && isForTests(question.source.path)
  return isHere ? undefined : undeclared(question, name)
}

function undeclared({ from, source }: Pick<Question, 'from' | 'source'>, name: string): string | undefined {
  const { dependencies, devDependencies, optionalDependencies } = from.manifest
  if (Object.hasOwn({ ...dependencies, ...optionalDependencies }, name)) return undefined
  const isDevelopment = Object.hasOwn(devDependencies ?? {}, name)
  if (isDevelopment && isForTests(source.path)) return undefined
  return isDevelopment
    ? `${name} is a devDependency of ${from.folder}, for tests alone`
    : `${name} is not declared in ${from.folder}/package.json`
}
