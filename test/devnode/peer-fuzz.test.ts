/** Whatever comes in on any method, a peer answers with a proper status, goes on, and does not grow. */
import { test } from 'node:test'
import { fuzzPeer } from './fuzz/fuzz-peer.ts'

/** Of all methods together; the long run, in `long/fuzz.test.ts`, sends 50,000. */
const inputs = 4_000

test(`${inputs} bent requests over all methods of a peer: no crash, a proper status`, {
  timeout: 300_000,
}, async () => {
  await fuzzPeer(inputs)
})
