/** No file may import itself by way of others. */
import { posix } from 'node:path'
import { importsOf } from './import-list.ts'
import type { Rule } from './project.ts'

/** One finding for each knot of files that import each other; imports of types count too. */
export const hasNoImportCycles: Rule = (project) => {
  const graph = new Map<string, readonly string[]>()
  for (const source of project.sources) {
    const targets = importsOf(source)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => posix.join(posix.dirname(source.path), specifier))
    graph.set(
      source.path,
      targets.filter((target) => project.has(target)),
    )
  }
  return knots(graph).map((knot) => ({
    path: knot[0] ?? '',
    message: `imports itself: ${[...knot, knot[0]].join(' → ')}`,
  }))
}

/** Strongly connected components of more than one file (Tarjan), or of one that imports itself. */
function knots(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (file: string): void => {
    index.set(file, index.size)
    low.set(file, index.get(file) ?? 0)
    stack.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) low.set(file, Math.min(low.get(file) ?? 0, low.get(next) ?? 0))
    }
    if (low.get(file) !== index.get(file)) return
    const knot = stack.splice(stack.indexOf(file))
    if (knot.length > 1 || (graph.get(file) ?? []).includes(file)) found.push(knot)
  }
  for (const file of graph.keys()) if (!index.has(file)) visit(file)
  return found
}
