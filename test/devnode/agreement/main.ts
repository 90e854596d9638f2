/**
 * `npm run agree`: the scenarios of the agreement on the devnode, and on real Fabric where its programs are found, against what
 * was recorded from real Fabric.
 *
 *     npm run agree                         every group
 *     npm run agree -- state gateway        these groups
 *     npm run agree -- --on fabric          on real Fabric alone; `--on devnode`
 *     npm run agree -- --on mixed           with a peer of each behind an orderer of Fabric
 *     npm run agree -- --record [groups]    records anew from real Fabric
 *     npm run agree -- --list [--json]      every scenario, what it reaches, its recording
 */
import { parseArgs } from 'node:util'
import { compareGroup, type Difference, readListed, unlisted } from './compare.ts'
import { readRecording, recordedVersion, recordingPath, writeRecording } from './recording.ts'
import { devnode, fabric, fabricIsMissing, mixed } from './runtimes.ts'
import type { Runtime } from './scenario.ts'
import { allGroups, mixedGroups, playGroups } from './stages.ts'

const tell = (line: string): void => void process.stdout.write(`${line}\n`)

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    on: { type: 'string' },
    record: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

const unknown = positionals.filter((name) => !allGroups.includes(name))
const groups = positionals.length > 0 ? positionals : allGroups

const places = ['fabric', 'devnode', 'mixed']

if (unknown.length > 0 || (options.on !== undefined && !places.includes(options.on))) {
  tell(`usage: npm run agree -- [--list [--json] | --record | --on ${places.join('|')}] [${allGroups.join('|')}]`)
  process.exitCode = 2
} else if (options.list) {
  list()
} else if (options.record) {
  await record()
} else {
  await agree()
}

/** Every scenario: what it is called, what it reaches, and where its recording lies. */
function list(): void {
  const rows = groups.flatMap((group) => {
    const { fabric: version, recordedOn, scenarios } = readRecording(group)
    const recording = { path: recordingPath(group), fabric: version, recordedOn }
    return Object.entries(scenarios).map(([scenario, { reaches }]) => ({ group, scenario, reaches, recording }))
  })
  if (options.json) tell(JSON.stringify(rows, null, 2))
  else for (const { group, scenario, reaches } of rows) tell(`${group}: ${scenario} (${reaches.join(', ')})`)
}

async function record(): Promise<void> {
  if (fabricIsMissing !== false) throw new Error(fabricIsMissing)
  const played = await playGroups(fabric, groups)
  for (const group of groups) {
    const scenarios = played[group] ?? {}
    writeRecording(group, scenarios)
    tell(`${recordingPath(group)}: ${Object.keys(scenarios).length} scenarios of Fabric ${recordedVersion}`)
  }
}

async function agree(): Promise<void> {
  const wanted = (place: string) => options.on === undefined || options.on === place
  const results: boolean[] = []
  if (wanted('devnode')) results.push(await holds(devnode, 'the devnode', groups))
  if (fabricIsMissing !== false) {
    tell(`real Fabric is not asked: ${fabricIsMissing}`)
    if (options.on !== undefined && options.on !== 'devnode') results.push(false)
  } else {
    if (wanted('fabric')) results.push(await holds(fabric, `Fabric ${recordedVersion}`, groups))
    const together = groups.filter((name) => mixedGroups.includes(name))
    if (wanted('mixed')) results.push(await holds(mixed, 'a peer of each', together))
  }
  process.exitCode = results.includes(false) ? 1 : 0
}

/** Plays and prints. @returns whether nothing differs that is not listed */
async function holds(runtime: Runtime, name: string, groups: readonly string[]): Promise<boolean> {
  const startedAt = performance.now()
  const played = await playGroups(runtime, groups)
  const differences = groups.flatMap((group) => compareGroup(group, readRecording(group), played[group] ?? {}))
  const listed = runtime.kind === 'devnode' ? readListed().filter(({ group }) => groups.includes(group)) : []
  const found = unlisted(differences, listed)
  const count = groups.reduce((sum, group) => sum + Object.keys(played[group] ?? {}).length, 0)
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  const known = listed.length === 0 ? '' : `, ${listed.length} listed differences`
  tell(`${name}: ${count} scenarios in ${seconds} s, ${found.unlisted.length} unlisted differences${known}`)
  for (const difference of found.unlisted) print(difference)
  for (const { group, scenario, field } of found.stale) tell(`  listed, but not so: ${group}: ${scenario}: ${field}`)
  return found.unlisted.length + found.stale.length === 0
}

function print({ group, scenario, field, recorded, seen }: Difference): void {
  tell(`  ${group}: ${scenario}: ${field}`)
  tell(`    recorded ${JSON.stringify(recorded)}`)
  tell(`    seen     ${JSON.stringify(seen)}`)
}
