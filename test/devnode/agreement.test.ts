/** The devnode does as real Fabric was seen to do; where Fabric is found, it is seen again. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compareGroup, readListed, unlisted } from './agreement/compare.ts'
import { mustReach } from './agreement/must-reach.ts'
import { readRecording, recordedVersion } from './agreement/recording.ts'
import { devnode } from './agreement/runtimes.ts'
import { allGroups, stages } from './agreement/stages.ts'

for (const { groups, play } of stages) {
  test(`the devnode does as recorded from Fabric ${recordedVersion}: ${groups.join(', ')}`, async () => {
    const played = await play(devnode, groups)
    const differences = groups.flatMap((group) => compareGroup(group, readRecording(group), played[group] ?? {}))
    const listed = readListed().filter(({ group }) => groups.includes(group))
    assert.deepEqual(unlisted(differences, listed), { unlisted: [], stale: [] })
  })
}

test('every listed difference is told in docs/devnode.md', () => {
  const page = readFileSync(new URL('../../docs/devnode.md', import.meta.url), 'utf8')
  for (const { why } of readListed()) assert.ok(page.includes(why), why)
})

test('together the scenarios reach every call, function, code and kind of policy', () => {
  const reached = new Set(
    allGroups.flatMap((group) => Object.values(readRecording(group).scenarios).flatMap(({ reaches }) => reaches)),
  )
  assert.deepEqual(
    mustReach.filter((name) => !reached.has(name)),
    [],
  )
})
