import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultRules, silence } from './fault-rules.ts'

test('a rule strikes the calls that it fits, as often as it says', () => {
  const rules = new FaultRules()
  rules.add({ method: 'stop', about: 'n1', when: 'after', times: 2 })
  rules.add({ method: '*', when: 'before' })
  const struck = [
    rules.strike('stop', ['n1'])?.when,
    rules.strike('stop', ['host', 'n1'])?.when,
    rules.strike('stop', ['n1'])?.when,
    rules.strike('stop', ['n1'])?.when,
  ]
  assert.deepEqual(struck, ['after', 'after', 'before', undefined])
})

test('chance is the same for the same seed, and a rule with a probability does not wear out', () => {
  const row = (seed: number) => {
    const rules = new FaultRules(seed)
    rules.add({ method: 'look', when: 'before', probability: 0.3 })
    return Array.from({ length: 200 }, () => (rules.strike('look', []) ? 'x' : '.')).join('')
  }
  assert.equal(row(3), row(3))
  assert.notEqual(row(3), row(4))
  const hits = row(3).replaceAll('.', '').length
  assert.ok(hits > 30 && hits < 90, `${hits} of 200`)
})

test('silence ends with the signal alone', async () => {
  const controller = new AbortController()
  const waiting = silence(controller.signal)
  controller.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  await assert.rejects(silence(AbortSignal.abort(new Error('too late'))), /too late/)
})
