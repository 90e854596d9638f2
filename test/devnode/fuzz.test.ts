/** Whatever comes in, the orderer answers with a proper status, goes on, and does not grow. */
import { test } from 'node:test'
import { fuzzOrderer } from './fuzz/fuzz-orderer.ts'

/** The long run, in `long/fuzz.test.ts`, sends 50,000 of each. */
const [inputs, restInputs] = [4_000, 1_000]

test(`${inputs} bent messages and ${restInputs} bent forms: no crash, a proper status`, {
  timeout: 300_000,
}, async () => {
  await fuzzOrderer(inputs, restInputs)
})
