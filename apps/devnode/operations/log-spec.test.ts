import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLogSpec } from './log-spec.ts'

test('a specification is told as Fabric tells it, and the general level is heeded', () => {
  assert.deepEqual(readLogSpec('gossip=warning:info'), { lowest: 'info', text: 'gossip=warn:info' })
  assert.deepEqual(readLogSpec('b,a=debug:WARN'), { lowest: 'warning', text: 'a=debug:b=debug:warn' })
  assert.deepEqual(readLogSpec(''), { lowest: 'info', text: 'info' })
  assert.deepEqual(readLogSpec('msp.=payload'), { lowest: 'info', text: 'msp.=Level(-2):info' })
})

test('what cannot be one is refused in Fabric’s words', () => {
  assert.throws(() => readLogSpec('loud'), { message: "invalid logging specification 'loud': bad segment 'loud'" })
  assert.throws(() => readLogSpec('Info'), /bad segment 'Info'/)
  assert.throws(() => readLogSpec('=info'), /no logger specified in segment '=info'/)
  assert.throws(() => readLogSpec('a=b=info'), /bad segment 'a=b=info'/)
  assert.throws(() => readLogSpec('a b=info'), /bad logger name 'a b'/)
})
