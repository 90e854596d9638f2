/** The files of the project as the rules see them: read once, parsed once, when a rule asks. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string
  readonly text: string
  /** The syntax tree; for TypeScript and JavaScript alone. */
  readonly tree: ts.SourceFile
}

export interface Project {
  /** Every file that is tracked, or would be: paths from the root. */
  readonly paths: readonly string[]
  /** Throws where there is no such file. Text; what is binary is empty. */
  read(path: string): string
  has(path: string): boolean
  /** TypeScript and JavaScript. */
  readonly sources: readonly SourceFile[]
}

/** Something that breaks a rule. */
export interface Finding {
  readonly path: string
  /** 1-based, where it has a line. */
  readonly line?: number
  readonly message: string
}

export type Rule = (project: Project) => readonly Finding[]

const isSource = /\.(?:ts|tsx|mts|mjs|cjs|js)$/

/** The project in a work tree, by what git lists there. */
export function openProject(root: string): Project {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  })
  const paths = [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(root, path)))
  return projectOf(paths, (path) => readFileSync(join(root, path)))
}

/** A project of these texts alone, for tests of rules. */
export function projectOfTexts(texts: Readonly<Record<string, string>>): Project {
  return projectOf(Object.keys(texts), (path) => Buffer.from(texts[path] ?? ''))
}

function projectOf(paths: readonly string[], bytesOf: (path: string) => Buffer): Project {
  const texts = new Map<string, string>()
  const known = new Set(paths)
  const read = (path: string): string => {
    let text = texts.get(path)
    if (text === undefined) {
      const bytes = bytesOf(path)
      text = bytes.subarray(0, 8_000).includes(0) ? '' : bytes.toString('utf8')
      texts.set(path, text)
    }
    return text
  }
  let sources: SourceFile[] | undefined
  return {
    paths,
    read,
    has: (path) => known.has(path),
    get sources() {
      sources ??= paths.filter((path) => isSource.test(path)).map((path) => parse(path, read(path)))
      return sources
    },
  }
}

function parse(path: string, text: string): SourceFile {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) }
}

/** The 1-based line of a place in a source. */
export function lineOf(source: SourceFile, position: number): number {
  return source.tree.getLineAndCharacterOfPosition(position).line + 1
}

/** Calls back for every node of a tree, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

/** Whether a file is there for tests alone: such files may use what products may not. */
export function isForTests(path: string): boolean {
  return /\.test\.[cm]?[jt]sx?$|(?:^|\/)testing\/|^test\/|^tools\/|^packages\/ports\/suites\//.test(path)
}
