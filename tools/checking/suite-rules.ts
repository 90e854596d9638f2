/** The table of suites against the test files that are there. */
import { posix } from 'node:path'
import { budgetMinutes, type Suite, suites } from '../suites.ts'
import type { Finding, Rule } from './project.ts'

const table = 'tools/suites.ts'

/** Each test file is in one suite and no more; the minutes keep to the budget; on-demand suites date their last run. */
export const assignsEveryTest: Rule = (project) => {
  const found: Finding[] = []
  for (const path of project.paths.filter((name) => name.endsWith('.test.ts'))) {
    const owners = suites.filter((suite) => holds(suite, path)).map(({ name }) => `'${name}'`)
    if (owners.length === 0) found.push({ path, message: `is in no suite of ${table}` })
    if (owners.length > 1) found.push({ path, message: `is in ${owners.length} suites: ${owners.join(', ')}` })
  }
  const minutes = suites.filter(({ onDemand }) => onDemand !== true).reduce((sum, suite) => sum + suite.minutes, 0)
  if (minutes > budgetMinutes)
    found.push({ path: table, message: `declares ${minutes} minutes, over ${budgetMinutes}` })
  const dates = project.has('docs/on-demand-suites.md') ? project.read('docs/on-demand-suites.md') : ''
  for (const { name } of suites.filter(({ onDemand }) => onDemand === true)) {
    const isDated = dates.split('\n').some((line) => line.includes(name) && /\b20\d\d-\d\d-\d\d\b/.test(line))
    if (!isDated) found.push({ path: 'docs/on-demand-suites.md', message: `has no date for the last run of '${name}'` })
  }
  return found
}

function holds({ files }: Suite, path: string): boolean {
  const matches = (glob: string): boolean => posix.matchesGlob(path, glob)
  return (
    files.some((glob) => !glob.startsWith('!') && matches(glob)) &&
    !files.some((glob) => glob.startsWith('!') && matches(glob.slice(1)))
  )
}
