/** What real Fabric was seen to do: one file a group, with the version, the date and the command that made it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { couldNotBePlayed, type PlayedGroup } from './scenario.ts'

/** The version that is recorded. */
export const recordedVersion = '3.1.5'

const folder = new URL('../../vectors/devnode/', import.meta.url)
export const recordingPath = (group: string): string => `test/vectors/devnode/${group}.json`
const fileOf = (group: string): URL => new URL(`${group}.json`, folder)

const Recording = z.strictObject({
  fabric: z.string(),
  recordedOn: z.iso.date(),
  command: z.string(),
  scenarios: z.record(
    z.string(),
    z.strictObject({ reaches: z.array(z.string()), seen: z.record(z.string(), z.unknown()) }),
  ),
})

export type Recording = z.infer<typeof Recording>

/** @throws when there is none, or it is no recording */
export function readRecording(group: string): Recording {
  return Recording.parse(JSON.parse(readFileSync(fileOf(group), 'utf8')))
}

/** @throws where a scenario could not be played */
export function writeRecording(group: string, played: PlayedGroup): void {
  for (const [name, { seen }] of Object.entries(played)) {
    if (couldNotBePlayed in seen) throw new Error(`${group}: ${name}: ${String(seen[couldNotBePlayed])}`)
  }
  const recording = {
    fabric: recordedVersion,
    recordedOn: new Date().toISOString().slice(0, 10),
    command: `npm run agree -- --record ${group}`,
    scenarios: played,
  }
  writeFileSync(fileOf(group), `${JSON.stringify(recording, null, 2)}\n`)
}
