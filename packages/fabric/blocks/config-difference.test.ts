import assert from 'node:assert/strict'
import { test } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import { setBatch, setPolicy } from '../config/index.ts'
import { readVectorText, vectorConfig, vectorSpecs } from '../testing/config-vectors.ts'
import { sampleUpdates } from '../testing/sample-updates.ts'
import { configDifferences } from './config-difference.ts'
import { type ConfigItemChange, describeUpdate } from './config-record.ts'

const recorded: Record<string, string> = JSON.parse(readVectorText('updates.json'))
const specs = vectorSpecs()
const words = ({ change, kind, path }: ConfigItemChange) => `${change} ${kind} ${path}`

/** The parent's path; of `/Channel` itself, nothing. */
const above = (path: string) => path.slice(0, path.lastIndexOf('/'))

for (const [name, { from, edit }] of Object.entries(sampleUpdates)) {
  test(`configtxlator's update for ${name} tells what differs between the two configs`, () => {
    const original = vectorConfig(from)
    const update = common.ConfigUpdate.deserializeBinary(Buffer.from(recorded[name] ?? '', 'base64'))
    const told = describeUpdate(update)
    // A group that lost or gained a member is set itself.
    const groups = told.filter(({ kind, change }) => kind === 'group' && change === 'changed').map(({ path }) => path)
    const items = told.filter(({ path, change }) => change !== 'changed' || !groups.includes(path))

    const differences = configDifferences(original, edit(original, specs))
    assert.ok(differences.length > 0)
    const named = differences.filter(({ change }) => change !== 'removed')
    assert.deepEqual(items.map(words).sort(), named.map(words).sort())

    // What is removed is named by the difference alone; what was in a removed or added group went or came with it.
    const moved = differences.filter(({ change }) => change !== 'changed')
    const whole = moved.filter(({ kind }) => kind === 'group').map(({ path }) => path)
    const members = moved.filter(({ path }) => !whole.includes(above(path)))
    assert.deepEqual(groups.toSorted(), [...new Set(members.map(({ path }) => above(path)))].sort())
  })
}

test('a difference holds both contents, and what only counts changes is none', () => {
  const raft = vectorConfig('raft')
  const [one, ...more] = configDifferences(raft, setBatch(raft, { timeout: '200ms' }))
  const content = (timeout: string) => ({ mod_policy: 'Admins', value: { timeout } })
  assert.deepEqual(JSON.parse(JSON.stringify([one, more])), [
    {
      path: '/Channel/Orderer/BatchTimeout',
      kind: 'value',
      change: 'changed',
      before: content('2s'),
      after: content('200ms'),
    },
    [],
  ])
  const counted = vectorConfig('raft')
  counted.getChannelGroup()?.setVersion(77)
  assert.deepEqual(configDifferences(raft, counted), [])
  const policy = { type: 'ImplicitMeta', rule: 'ANY Readers' } as const
  const [added] = configDifferences(raft, setPolicy(raft, { group: 'channel' }, 'Auditors', policy))
  assert.deepEqual([added?.path, added?.kind, added?.change], ['/Channel/Auditors', 'policy', 'added'])
  assert.ok(added && !('before' in added))
})

test('of a group that was there before, a new guard is a change', () => {
  const raft = vectorConfig('raft')
  const guarded = vectorConfig('raft')
  guarded.getChannelGroup()?.getGroupsMap().get('Application')?.setModPolicy('/Channel/Admins')
  assert.deepEqual(configDifferences(raft, guarded).map(words), ['changed group /Channel/Application'])
})
