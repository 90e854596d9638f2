/**
 * Transactions that this process has made and not sent before, each with the peer that endorsed it: only others may already
 * be in the chain, and are looked for there first. Forgetting one costs a question, so few are kept.
 */
const endorsers = new Map<string, string>()
const most = 10_000

export function noteNew(txId: string, nodeId: string): void {
  if (endorsers.size >= most) endorsers.clear()
  endorsers.set(txId, nodeId)
}

/** The peer that endorsed it, where it was made here and is sent for the first time now: told once. */
export function takeNew(txId: string): string | undefined {
  const nodeId = endorsers.get(txId)
  endorsers.delete(txId)
  return nodeId
}
