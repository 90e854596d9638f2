/** Links between our own pages, and from them to files. */
import { posix } from 'node:path'
import type { Finding, Project, Rule } from './project.ts'

/** Every relative link of a Markdown page leads to a file or folder that git has, and its #part to a heading there. */
export const resolvesLinks: Rule = (project) =>
  project.paths.filter((path) => path.endsWith('.md')).flatMap((path) => brokenLinks(project, path))

function brokenLinks(project: Project, path: string): Finding[] {
  return linksOf(project.read(path)).flatMap(({ target, line }) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return []
    const [file = '', part] = target.split('#', 2)
    const full = file === '' ? path : posix.join(posix.dirname(path), decodeURI(file)).replace(/\/$/, '')
    if (!exists(project, full)) return [{ path, line, message: `the link ${target} leads nowhere` }]
    const isMissingPart = part !== undefined && full.endsWith('.md') && !anchorsOf(project.read(full)).has(part)
    return isMissingPart ? [{ path, line, message: `${full} has no heading for #${part}` }] : []
  })
}

function exists(project: Project, path: string): boolean {
  return path === '.' || project.has(path) || project.paths.some((file) => file.startsWith(`${path}/`))
}

function linksOf(text: string): { target: string; line: number }[] {
  const found: { target: string; line: number }[] = []
  let isCode = false
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(?:```|~~~)/.test(line)) isCode = !isCode
    if (isCode) continue
    const plain = line.replaceAll(/`[^`]*`/g, '')
    for (const [, inline, reference] of plain.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(\S+)/g)) {
      found.push({ target: inline ?? reference ?? '', line: index + 1 })
    }
  }
  return found
}

/** GitHub's names of headings: lower case, words joined by hyphens, a number after a repeated one. */
function anchorsOf(text: string): Set<string> {
  const found = new Set<string>()
  for (const [, title = ''] of text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = title.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    const base = plain.trim().replaceAll(/\s/g, '-')
    let name = base
    for (let count = 1; found.has(name); count++) name = `${base}-${count}`
    found.add(name)
  }
  return found
}
