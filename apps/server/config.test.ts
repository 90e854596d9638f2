import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from './config.ts'

test('a flag or variable that is no good is named in one sentence', () => {
  const wrong: readonly [NodeJS.ProcessEnv, readonly string[], RegExp][] = [
    [{}, ['--port', 'abc'], /--port abc/],
    [{}, ['--port', '70000'], /--port 70000.* 1 to 65535/],
    [{}, ['--prot', '80'], /--prot/],
    [{ CELLO_PORT: 'abc' }, [], /CELLO_PORT/],
    [{ LOG_LEVEL: 'loud' }, [], /LOG_LEVEL/],
  ]
  for (const [env, args, says] of wrong) {
    assert.throws(
      () => readConfig(env, args),
      ({ message }: Error) => says.test(message) && !/[[{]/.test(message),
    )
  }
})

test('a flag goes before its variable', () => {
  const { port } = readConfig({ CELLO_PORT: '1234' }, ['--port', '4321'])
  assert.equal(port, 4321)
})

test('a variable that is empty is one that is not set, as for the command line', () => {
  const empty = { CELLO_DATA: '', CELLO_CACHE: '', CELLO_FABRIC: '', CELLO_PORT: '', LOG_LEVEL: '' }
  const args = ['--installed-at', '1']
  assert.deepEqual(readConfig(empty, args), readConfig({}, args))
})
