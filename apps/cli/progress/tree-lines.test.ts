import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '@cello/api'
import { operation } from '../testing/stub-server.ts'
import { treeLines } from './tree-lines.ts'

function step(kind: Step['kind'], key: string, state: Step['state'], more: Partial<Step> = {}): Step {
  const times = state === 'done' ? { startedAt: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:00:01.200Z' } : {}
  return {
    kind,
    key,
    needs: [],
    title: `${kind} ${key}`,
    state,
    attempts: state === 'pending' ? 0 : 1,
    ...times,
    ...more,
  }
}

function draw(...steps: Step[]): string[] {
  return drawn(60, ...steps)
}

/** On a terminal so wide. */
function drawn(columns: number, ...steps: Step[]): string[] {
  return treeLines({ ...operation, steps }, { write: () => true, columns }, 0).map((line) => line.trimEnd())
}

test('steps of a kind share a line, in the order of the work, and only what runs is opened', () => {
  const lines = draw(
    step('join-peer', 'a', 'pending'),
    step('ensure-node', 'b', 'done'),
    step('ensure-node', 'c', 'running'),
    step('make-identities', 'd', 'done'),
    step('make-genesis', 'e', 'dropped'),
  )
  assert.deepEqual(
    lines,
    [
      '✔ make identities                  1.2 s',
      '⠋ start nodes            1 of 2    1.2 s',
      '    ⠋ ensure-node c',
      '· join peers',
    ].map((line, index) => (index === 1 ? lines[1] : line)),
  )
  assert.match(lines[1] ?? '', /^⠋ start nodes {12}1 of 2/)
})

test('a step that is tried again says which try and why', () => {
  const error = { code: 'NO_LEADER', message: 'Channel main has no leader.', next: '' }
  const lines = draw(step('join-peer', 'a', 'pending', { attempts: 3, error }), step('join-peer', 'b', 'running'))
  assert.match(lines.join('\n'), /· join-peer a \(try 3\): Channel main has no leader/)
})

test('no line is wider than the terminal', () => {
  const error = { code: 'X', message: 'long '.repeat(100), next: '' }
  const steps = [
    step('join-peer', 'a', 'failed', { error }),
    step('await-nodes', 'b', 'done'),
    step('await-nodes', 'c', 'done'),
  ]
  for (const columns of [60, 40, 20]) {
    for (const line of drawn(columns, ...steps)) assert.ok(line.length < columns, `${columns}: ${line}`)
  }
})
