/** Which test files belong to which suite. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { Suite } from '../suites.ts'

const never = ['**/node_modules/**', '**/dist/**']

/** @returns the suite's test files as absolute paths, sorted */
export function filesOf(suite: Suite, root: string): string[] {
  const wanted = suite.files.filter((glob) => !glob.startsWith('!'))
  const unwanted = suite.files.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1))
  return globSync(wanted, { cwd: root, exclude: [...never, ...unwanted] })
    .map((file) => join(root, file))
    .toSorted()
}
