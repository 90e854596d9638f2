/** The recordings are of real Fabric: where it is found, it still answers so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareGroup } from './agreement/compare.ts'
import { readRecording, recordedVersion } from './agreement/recording.ts'
import { fabric, fabricIsMissing, mixed } from './agreement/runtimes.ts'
import { mixedGroups, playGroups, stages } from './agreement/stages.ts'

for (const { groups, play } of stages) {
  test(`Fabric ${recordedVersion} answers as recorded: ${groups.join(', ')}`, { skip: fabricIsMissing }, async () => {
    const played = await play(fabric, groups)
    assert.deepEqual(
      groups.flatMap((group) => compareGroup(group, readRecording(group), played[group] ?? {})),
      [],
    )
  })
}

test('a peer of Fabric and one of the devnode agree on a channel, to the commit hash of each block', {
  skip: fabricIsMissing,
}, async () => {
  const played = await playGroups(mixed, mixedGroups)
  assert.deepEqual(
    mixedGroups.flatMap((group) => compareGroup(group, readRecording(group), played[group] ?? {})),
    [],
  )
})
