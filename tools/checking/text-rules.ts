/** Rules for the text of every tracked file, whatever its language. */
import type { Finding, Project, Rule } from './project.ts'

/** A thing to do has an issue, or it is done now. */
export const todosHaveIssues: Rule = (project) =>
  matches(project, /\b(?:TODO|FIXME)\b(?!\(#\d+\))/, 'name the issue: TODO(#12), or do it now', isProse)

/** The rules themselves, and pages that tell of them, may say the word. */
const isProse = (path: string): boolean => /^tools\/checking\/|^CONTRIBUTING\.md$|^test\/vectors\//.test(path)

/** What is true on one machine only: homes, work folders, registries. */
const machineTraces =
  /\/work\/(?:main|shared|build|brief)\b|\/root\/|\/home\/[a-z][\w.-]*\/|\/Users\/\w+\/|\bregistry\.(?:npmjs|npmmirror|yarnpkg)\b|\bfarm-[a-z0-9]|\/\.library\b|_authToken/

export const namesNoMachine: Rule = (project) =>
  matches(project, machineTraces, 'names a path or registry of one machine', (path) =>
    /^tools\/checking\/text-rules(?:\.test)?\.ts$|^test\/vectors\//.test(path),
  )

/** A PEM body after its head, as text or inside a string literal. */
const privateKey = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\s|\\n|\\r|"|',?\s*')+[A-Za-z0-9+/]{40}/
const token = /\b(?:npm_[A-Za-z0-9]{36}|gh[pousr]_[A-Za-z0-9]{36}|AKIA[A-Z0-9]{16}|xox[baprs]-[\w-]{20})/

/** Keys lie only in folders whose README says that they are throw-away. */
export const holdsNoSecrets: Rule = (project) => [
  ...matches(project, token, 'holds an access token', () => false),
  ...matches(project, privateKey, 'holds a private key, and no README beside it says that it is throw-away', (path) =>
    saysThrowAway(project, path),
  ),
]

function saysThrowAway(project: Project, path: string): boolean {
  for (let folder = path; folder.includes('/'); ) {
    folder = folder.slice(0, folder.lastIndexOf('/'))
    const readme = `${folder}/README.md`
    if (project.has(readme) && /throw-?away/i.test(project.read(readme))) return true
  }
  return false
}

function matches(project: Project, pattern: RegExp, message: string, skip: (path: string) => boolean): Finding[] {
  return project.paths.flatMap((path) => {
    if (skip(path)) return []
    const text = project.read(path)
    const match = pattern.exec(text)
    if (match === null) return []
    return [
      { path, line: text.slice(0, match.index).split('\n').length, message: `${message}: ${match[0].slice(0, 40)}` },
    ]
  })
}
