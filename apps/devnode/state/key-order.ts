/**
 * Orders text by its UTF-8 bytes, as Go and LevelDB order keys and names. JavaScript orders by UTF-16 units, which differs
 * where a surrogate pair meets a unit from U+E000 on.
 */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at += 1) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)]
    if (a !== b) return rank(a) - rank(b)
  }
  return left.length - right.length
}

/** A pair stands for U+10000 and up, so its units come after all others. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
