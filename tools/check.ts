/**
 * `npm run check`: format, lint, types, imports, links and the rules of the house, all at once, under a minute.
 * `--only NAME`: one part. `--json FILE`: the result for a machine.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type PartResult, runPart } from './checking/part.ts'
import { parts } from './checking/parts.ts'
import { openProject, type Project } from './checking/project.ts'

const root = join(import.meta.dirname, '..')

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true, default: [] }, json: { type: 'string' } },
})

const longest = values.only.length === 0 ? 60 : Number.POSITIVE_INFINITY

let opened: Project | undefined
const project = (): Project => {
  opened ??= openProject(root)
  return opened
}

const chosen = parts.filter(({ name }) => values.only.length === 0 || values.only.includes(name))
const results = await Promise.all(chosen.map((part) => runPart(part, root, project)))
const failed = results.filter(({ complaint }) => complaint !== '')
for (const result of failed) console.log(describe(result))
for (const { part, complaint, ms } of results) {
  const outcome = complaint === '' ? '✓' : '✗'
  console.log(
    `${outcome} ${part.name.padEnd(14)} ${(ms / 1000).toFixed(1).padStart(5)} s${complaint === '' ? '' : `   to mend: ${part.mend}`}`,
  )
}
const totals = { passed: results.length - failed.length, failed: failed.length, skipped: 0 }
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(totals)}\n`)
if (failed.length > 0) process.exitCode = 1

function describe({ part, complaint }: PartResult): string {
  const lines = complaint.split('\n')
  const shown = lines.slice(0, longest)
  const more = lines.length - shown.length
  return [
    `── ${part.name}`,
    ...shown,
    ...(more > 0 ? [`… and ${more} lines more: npm run check -- --only '${part.name}'`] : []),
    '',
  ].join('\n')
}
