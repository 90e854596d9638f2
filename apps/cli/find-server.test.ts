import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findServer } from './find-server.ts'

test('a server that is named without its token is not passed over', async () => {
  const asked = findServer({ CELLO_URL: 'http://127.0.0.1:8080', CELLO_DATA: '/nonexistent' })
  await assert.rejects(asked, { message: /CELLO_URL .*token/, next: /CELLO_TOKEN/, exitCode: 2 })
})

test('a CELLO_URL that is none is named, with how it is written', async () => {
  for (const url of ['localhost:8080', 'nonsense']) {
    const asked = findServer({ CELLO_URL: url, CELLO_TOKEN: 'token', CELLO_DATA: '/nonexistent' })
    await assert.rejects(asked, { message: `CELLO_URL is no address: ${url}`, next: /http:/, exitCode: 2 })
  }
})
