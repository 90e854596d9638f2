/** Pages made from code say what the code says, both ways: no row too few, none too many. */
import { madePages } from '../pages/pages.ts'
import type { Rule } from './project.ts'

export const keepsMadePages: Rule = (project) =>
  Object.entries(madePages).flatMap(([path, make]) => {
    if (!project.has(path)) return [{ path, message: 'is missing' }]
    const [have, want] = [project.read(path).split('\n'), make().split('\n')]
    const line = want.findIndex((text, index) => text !== have[index])
    if (line >= 0) return [{ path, line: line + 1, message: `should read: ${want[line]}` }]
    return have.length > want.length ? [{ path, line: want.length, message: 'has more than the code' }] : []
  })
