/** Every stage of the agreement. */
import { peerStage } from '../peers/stage.ts'
import { orderingStage } from '../play.ts'
import type { PlayedGroup, Runtime, Stage } from './scenario.ts'

export const stages: readonly Stage[] = [orderingStage, peerStage]

export const allGroups: readonly string[] = stages.flatMap(({ groups }) => groups)

/** Those that two peers can play which do not find each other: no gateway, no discovery. */
export const mixedGroups: readonly string[] = [
  'endorsing',
  'initialization',
  'state',
  'envelopes',
  'verdicts',
  'policies',
  'approvals',
  'definitions',
  'private-data',
  'upgrades',
  'lifetimes',
  'commit-hashes',
]

/** Plays the named groups of all stages, each stage on fresh nodes. */
export async function playGroups(
  runtime: Runtime,
  names: readonly string[],
): Promise<Readonly<Record<string, PlayedGroup>>> {
  const played: Record<string, PlayedGroup> = {}
  for (const stage of stages) {
    const wanted = stage.groups.filter((name) => names.includes(name))
    if (wanted.length > 0) Object.assign(played, await stage.play(runtime, wanted))
  }
  return played
}
