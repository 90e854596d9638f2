/** For tests only: a copy of a message with some bytes changed, cut, doubled or dropped. */
export function bent(bytes: Uint8Array, random: () => number): Buffer {
  const copy = Buffer.from(bytes)
  const at = Math.floor(random() * copy.length)
  const kind = Math.floor(random() * 4)
  if (kind === 0) return copy.subarray(0, at)
  if (kind === 1) return Buffer.concat([copy.subarray(0, at), copy.subarray(Math.max(0, at - 20))])
  for (let count = 0; count < 1 + random() * 4; count++) {
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256)
  }
  return kind === 2 ? copy : Buffer.from(Array.from({ length: at % 90 }, () => Math.floor(random() * 256)))
}
