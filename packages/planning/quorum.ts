import type { Consensus } from '@cello/model'

/**
 * How many of `n` consenters must be active so that a channel goes on. Raft: more than half. SmartBFT: ⌈(n + f + 1) / 2⌉
 * with f = ⌊(n − 1) / 3⌋ (`computeQuorum` of its util.go).
 */
export function quorumOf(consensus: Consensus['type'], n: number): number {
  if (consensus === 'raft') return Math.floor(n / 2) + 1
  return Math.ceil((n + Math.floor((n - 1) / 3) + 1) / 2)
}
