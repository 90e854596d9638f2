import { PlatformError } from '@cello/model'
import type { Context } from '../context.ts'
import { settle } from '../contract/call.ts'

/**
 * Brings the invocations of a network that were journaled before a crash to their end: each is found in the chain or sent
 * again, as it is, never proposed anew. Those that cannot be ended now stay journaled. @returns how many have ended
 */
export async function resumeInvocations(context: Context, networkId: string, signal?: AbortSignal): Promise<number> {
  const pending = await context.store.transactions.pending(networkId, 'invoke')
  if (pending.length === 0) return 0
  const session = await context.sessions.session(networkId)
  let ended = 0
  for (const record of pending) {
    try {
      await settle(context, session, record, signal)
      ended += 1
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'COMMIT_FAILED') ended += 1
      else if (!(error instanceof PlatformError)) throw error
    }
  }
  return ended
}

/** Milliseconds between two rounds over what could not be ended yet: nodes may still be starting. */
const roundMs = 5_000

/**
 * For the start of the server: goes round all networks until no invocation of an earlier process is left, then is done. A
 * network whose nodes do not come up keeps it waiting, at the price of one read each round.
 */
export async function resumeAllInvocations(context: Context, signal: AbortSignal): Promise<void> {
  let networks = await context.store.networks.ids()
  while (networks.length > 0 && !signal.aborted) {
    const left: string[] = []
    for (const id of networks) {
      if (!(await endsAll(context, id, signal))) left.push(id)
    }
    networks = left
    if (left.length > 0) await context.clock.sleep(roundMs, { signal }).catch(() => {})
  }
}

async function endsAll(context: Context, networkId: string, signal: AbortSignal): Promise<boolean> {
  try {
    await resumeInvocations(context, networkId, signal)
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    // Gone meanwhile: there is nothing left to end.
    if (error.code === 'NOT_FOUND') return true
  }
  return (await context.store.transactions.pending(networkId, 'invoke')).length === 0
}
