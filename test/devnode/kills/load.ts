/** For tests only: clients that write through the peer's gateway, whatever happens to it. */
import { openGateway } from '@cello/fabric/gateway'
import { channel } from '../ordering.ts'
import type { KillWorld } from './world.ts'

export interface Acknowledged {
  readonly transactionId: string
  /** Equal to the value where nobody else writes it. */
  readonly key: string
  readonly value: string
}

export interface Load {
  /** Those that were told to be committed and VALID, in the order of their being told. */
  readonly acknowledged: readonly Acknowledged[]
  /** Begins no further write, and waits for those under way. */
  stop(): Promise<void>
}

const writers = 6
/** Milliseconds that a write may take; those of a peer or an orderer that is killed meanwhile wait so long in vain. */
const writeMs = 2_000
/** Keys that all writers write over and over; only a replay tells what they must hold. */
const hotKeys = 7

export function startLoad({ peer: { connection, org } }: KillWorld): Load {
  const acknowledged: Acknowledged[] = []
  const gateway = openGateway(connection, org.user)
  const stop = new AbortController()
  const write = async (writer: number) => {
    for (let index = 0; !stop.signal.aborted; index++) {
      const value = `${writer}-${index}`
      const key = index % 2 === 0 ? value : `hot-${index % hotKeys}`
      try {
        const call = { channel, contract: 'kv', name: 'put', args: [key, value] }
        const { commit } = await gateway.invoke(call, { timeoutMs: writeMs })
        acknowledged.push({ transactionId: commit.transactionId, key, value })
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20)) // something of it is down
      }
    }
  }
  const all = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return {
    acknowledged,
    async stop() {
      stop.abort()
      await all
    },
  }
}
