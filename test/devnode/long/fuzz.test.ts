/** As `../fuzz.test.ts` and `../peer-fuzz.test.ts`, with so many inputs that memory can be judged. */
import { test } from 'node:test'
import { fuzzOrderer } from '../fuzz/fuzz-orderer.ts'
import { fuzzPeer } from '../fuzz/fuzz-peer.ts'

const inputs = Number(process.env['CELLO_FUZZ_INPUTS'] ?? 50_000)
const timeout = 120_000 + inputs * 60

test(`an orderer after ${inputs} bent messages and as many forms`, { timeout }, async (context) => {
  const [byCalls, byForms] = await fuzzOrderer(inputs, inputs)
  context.diagnostic(`orderer: ${byCalls} MiB more by gRPC, ${byForms} MiB by HTTP`)
})

test(`a peer after ${inputs} bent requests over all methods`, { timeout }, async (context) => {
  context.diagnostic(`peer: ${await fuzzPeer(inputs)} MiB more`)
})
