import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Metrics } from './metrics.ts'

test('a page holds counters, gauges and cumulative histograms, each name under its type', () => {
  const metrics = new Metrics()
  metrics.add('calls', { method: 'a"b' })
  metrics.add('calls', { method: 'a"b' })
  metrics.gauge(() => [{ name: 'height', labels: {}, value: 7 }])
  for (const seconds of [0.004, 0.3, 20]) metrics.observe('took', { code: 'OK' }, seconds)
  const lines = metrics.text().split('\n')
  assert.deepEqual(lines.slice(0, 4), [
    '# TYPE calls counter',
    'calls{method="a\\"b"} 2',
    '# TYPE height gauge',
    'height 7',
  ])
  assert.equal(lines[4], '# TYPE took histogram')
  assert.ok(lines.includes('took_bucket{code="OK",le="0.005"} 1'))
  assert.ok(lines.includes('took_bucket{code="OK",le="0.25"} 1'))
  assert.ok(lines.includes('took_bucket{code="OK",le="10"} 2'))
  assert.ok(lines.includes('took_bucket{code="OK",le="+Inf"} 3'))
  assert.ok(lines.includes('took_count{code="OK"} 3'))
})
