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
