/** The little of DER (X.690) that a certificate request needs: values are made, none are read. */

const tags = {
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
} as const

function value(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), length(content.length), content])
}

function length(count: number): Buffer {
  if (count < 0x80) return Buffer.from([count])
  const bytes: number[] = []
  for (let rest = count; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

export const der = {
  sequence: (...parts: readonly Uint8Array[]) => value(tags.sequence, ...parts),
  set: (...parts: readonly Uint8Array[]) => value(tags.set, ...parts),
  utf8: (text: string) => value(tags.utf8, Buffer.from(text)),
  /** Small and not negative: what a version is. */
  integer: (small: number) => value(tags.integer, Buffer.from([small])),
  /** Whole bytes. */
  bitString: (bytes: Uint8Array) => value(tags.bitString, Buffer.from([0]), bytes),
  /** `[0] IMPLICIT`, as the attributes of a request. */
  context0: (...parts: readonly Uint8Array[]) => value(tags.context0, ...parts),
  /** `1.2.840.10045.4.3.2` */
  oid: (dotted: string) => {
    const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
    return value(tags.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
  },
}

function base128(arc: number): number[] {
  const digits = [arc % 128]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest % 128))
  return digits
}
