import { createHash } from 'node:crypto'

/**
 * The consenters of a new Raft channel in such an order that the first of those given is the one that asks for its election, two
 * ticks after it has joined. Raft numbers consenters by their places in the genesis block, and Fabric picks one of them by the
 * channel's name (`start` in orderer/consensus/etcdraft/node.go); the others campaign only after 10 to 20 ticks without a leader.
 */
export function firstToCampaign<T>(channel: string, consenters: readonly T[]): T[] {
  const turn = consenters.length - pickedPlace(channel, consenters.length)
  return [...consenters.slice(turn), ...consenters.slice(0, turn)]
}

/** SHA-256 of the name, from byte 24 on read as a varint (0 where none ends there), modulo the number of consenters. */
function pickedPlace(channel: string, consenters: number): number {
  const bytes = createHash('sha256').update(channel).digest().subarray(24)
  const last = bytes.findIndex((byte) => byte < 0x80)
  if (last === -1) return 0
  const groups = bytes.subarray(0, last + 1)
  const number = groups.reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 0x7f), 0n)
  return Number(number % BigInt(consenters))
}
