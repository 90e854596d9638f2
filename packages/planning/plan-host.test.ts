import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InstallFabricRequest, stepId } from '@cello/model'
import { planHost } from './plan-host.ts'

const request: InstallFabricRequest = {
  kind: 'install-fabric',
  version: '3.1.5',
  from: { url: 'https://mirror.example:8443/v3.1.5/fabric.tar.gz?token=secret' },
  sha256: 'a'.repeat(64),
}
const nothing = { fabricVersion: undefined, release: { installed: false, fetched: false } }

test('an installation goes one step after the other, from the archive to the cache', () => {
  const { steps } = planHost(request, nothing)
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['fetch-archive', 'check-digest', 'unpack-archive', 'check-programs', 'place-release'],
  )
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1]
    assert.deepEqual(step.needs, before ? [stepId(before)] : [], step.title)
  }
})

test('what was fetched is not fetched again, and is checked whoever fetched it', () => {
  const [first] = planHost(request, { ...nothing, release: { installed: false, fetched: true } }).steps
  assert.deepEqual([first?.kind, first?.needs], ['check-digest', []])
})

test('the address of an archive is told without what may be a password', () => {
  const [first] = planHost(request, nothing).steps
  assert.equal(first?.title, 'fetch fabric.tar.gz from mirror.example:8443')
  const [taken] = planHost({ ...request, from: { file: '/tmp/a.tar.gz' } }, nothing).steps
  assert.equal(taken?.title, 'take /tmp/a.tar.gz')
})

test('nothing is left of what is there', () => {
  assert.deepEqual(planHost(request, { ...nothing, release: { installed: true, fetched: true } }).steps, [])
  assert.deepEqual(planHost({ kind: 'use-fabric', version: '3.1.5' }, { fabricVersion: '3.1.5' }).steps, [])
})

test('a version is chosen in one step', () => {
  const { steps } = planHost({ kind: 'use-fabric', version: '3.1.5' }, { fabricVersion: '2.5.16' })
  assert.deepEqual(steps.map(stepId), ['choose-release/3.1.5'])
})
