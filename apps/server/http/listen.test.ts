import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import Fastify from 'fastify'
import { listenOnLoopback } from './listen.ts'

test('where no port is left it is said in one sentence, with the variable that names another', async (t) => {
  const last = createServer().listen(65_535, '127.0.0.1')
  t.after(() => last.close())
  // Whoever has it already does as well.
  await Promise.race([once(last, 'listening'), once(last, 'error')]).catch(() => {})
  const app = Fastify()
  t.after(() => app.close())
  await assert.rejects(listenOnLoopback(app, 65_535), /^Error: The ports 65535 to 65535 are all taken; .*CELLO_PORT\.$/)
})
