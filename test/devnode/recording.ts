/** For tests only: what real Fabric was seen to do. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

export const recordingFile = new URL('../vectors/devnode/ordering.json', import.meta.url)

const Recording = z.strictObject({
  fabric: z.string(),
  recordedOn: z.iso.date(),
  seen: z.record(z.string(), z.record(z.string(), z.unknown())),
})

export function readRecording(): z.infer<typeof Recording> {
  return Recording.parse(JSON.parse(readFileSync(recordingFile, 'utf8')))
}
