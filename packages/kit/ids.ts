import { randomBytes } from 'node:crypto'

/** Of the id that was made last in this process: its time, and what the 12 bits after that count. */
let last = { ms: 0, count: 0 }

/**
 * A UUID of version 7 (RFC 9562): 48 bits of time in milliseconds, 12 that count within one (6.2, method 1), then random bits,
 * so rows sort by age and ids can be made anywhere; those of one process sort in the order in which they were made, also
 * where its clock goes back by less than a second. Lower case with hyphens.
 */
export function newId(now: number = Date.now()): string {
  const bytes = randomBytes(16)
  last = after(now, bytes.readUInt16BE(6))
  bytes.writeUIntBE(last.ms, 0, 6)
  bytes.writeUInt16BE(0x7000 | last.count, 6)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Begins by chance in the lower half of what can be counted; beyond all of it the next millisecond is begun early. */
function after(now: number, chance: number): typeof last {
  const isNew = now > last.ms || last.ms - now >= 1_000
  if (isNew) return { ms: now, count: chance & 0x7ff }
  return last.count < 0xfff ? { ms: last.ms, count: last.count + 1 } : { ms: last.ms + 1, count: chance & 0x7ff }
}
