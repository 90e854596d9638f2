/** The recordings are of real Fabric: where it is found, it still answers so. `npm run agree` asks it for every group. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareGroup } from './agreement/compare.ts'
import { readRecording, recordedVersion } from './agreement/recording.ts'
import { fabric, fabricIsMissing, mixed } from './agreement/runtimes.ts'
import type { Runtime } from './agreement/scenario.ts'
import { mixedGroups, playGroups } from './agreement/stages.ts'

async function holds(runtime: Runtime, groups: readonly string[]): Promise<void> {
  const played = await playGroups(runtime, groups)
  const differences = groups.flatMap((group) => compareGroup(group, readRecording(group), played[group] ?? {}))
  assert.deepEqual(differences, [])
}

test(`an orderer of Fabric ${recordedVersion} answers as recorded`, { skip: fabricIsMissing }, () =>
  holds(fabric, ['ordering']),
)

test(
  'a peer of Fabric and one of the devnode agree on a channel, to the commit hash of each block',
  {
    skip: fabricIsMissing,
  },
  () => holds(mixed, mixedGroups),
)
