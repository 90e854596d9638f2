import { PlatformError } from '@cello/model'
import type { Chain } from './chain.ts'
import type { Proposal, Simulation } from './world-api.ts'

type Invocation = Extract<Proposal, { kind: 'invoke' }>

/**
 * The one contract of the fake ledger: `put key value`, `get key`, `delete key`, and `add key number`, which reads before it
 * writes, so that it conflicts, and counts, so that a transaction that happened twice can be seen. @throws CONTRACT_ERROR
 */
export function simulateInvocation(chain: Chain, { contract, function: name, args }: Invocation): Simulation {
  const [key = '', value = ''] = args
  const place = `${contract}/${key}`
  const found = chain.get(place)
  const reads = [[place, chain.versionOf(place)] as const]
  switch (name) {
    case 'put':
      return { reads: [], writes: [[place, value]], result: '', already: false }
    case 'get':
      if (found === undefined) fail(`there is no key ${key}`)
      return { reads, writes: [], result: found, already: false }
    case 'delete':
      return { reads: [], writes: [[place, null]], result: '', already: false }
    case 'add': {
      const sum = String(Number(found ?? '0') + Number(value))
      return { reads, writes: [[place, sum]], result: sum, already: false }
    }
    default:
      return fail(`there is no function ${name}`)
  }
}

function fail(detail: string): never {
  throw new PlatformError('CONTRACT_ERROR', { detail })
}
