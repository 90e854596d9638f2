/** The table of suites against the test files that are there. */
import { posix } from 'node:path'
import { budgetMinutes, type Suite, suites } from '../suites.ts'
import type { Finding, Rule } from './project.ts'

const table = 'tools/suites.ts'

/** Each test file is in one suite and no more; the minutes keep to the budget; on-demand suites date their last run. */
export const assignsEveryTest: Rule = (project) => {
  const found: Finding[] = []
  const tests = project.paths.filter((path) => path.endsWith('.test.ts'))
  for (const path of tests) {
    const owners = ownersOf(path)
    if (owners.length === 0) found.push({ path, message: `is in no suite of ${table}` })
    if (owners.length > 1) found.push({ path, message: `is in ${owners.length} suites: ${owners.join(', ')}` })
  }
  const minutes = suites.filter((suite) => suite.onDemand !== true).reduce((sum, suite) => sum + suite.minutes, 0)
  if (minutes > budgetMinutes)
    found.push({ path: table, message: `declares ${minutes} minutes, over ${budgetMinutes}` })
  const dates = project.has('docs/on-demand-suites.md') ? project.read('docs/on-demand-suites.md') : ''
  const onDemand = suites.filter((suite) => suite.onDemand === true && tests.some((path) => holds(suite, path)))
  for (const { name } of onDemand) {
    const isDated = dates.split('\n').some((line) => line.includes(name) && /\b20\d\d-\d\d-\d\d\b/.test(line))
    if (!isDated) found.push({ path: 'docs/on-demand-suites.md', message: `has no date for the last run of '${name}'` })
  }
  return found
}

/** A file that a suite on demand runs whole may be run in part by another on every change. */
function ownersOf(path: string): string[] {
  const owners = suites.filter((suite) => holds(suite, path))
  const onEveryChange = owners.filter(({ onDemand }) => onDemand !== true)
  return (onEveryChange.length > 0 ? onEveryChange : owners).map(({ name }) => `'${name}'`)
}

function holds({ files }: Suite, path: string): boolean {
  const matches = (glob: string): boolean => posix.matchesGlob(path, glob)
  return (
    files.some((glob) => !glob.startsWith('!') && matches(glob)) &&
    !files.some((glob) => glob.startsWith('!') && matches(glob.slice(1)))
  )
}
