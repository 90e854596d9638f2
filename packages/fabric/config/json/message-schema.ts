export interface FieldSchema {
  readonly name: string
  readonly number: number
  /** A scalar, the name of an enum or the name of a message. */
  readonly type: string
  /** `oneof`: present or absent also where the value is the default one. */
  readonly label: 'single' | 'list' | 'map' | 'oneof'
}

/**
 * The fields of a message, each written as in a .proto file without `=`: `uint64 sequence 1`, `repeated bytes data 1`,
 * `map common.ConfigValue values 3` (keys are strings), `oneof int32 signed_by 1`. Sorted by number.
 */
export function messageFields(...lines: readonly string[]): readonly FieldSchema[] {
  return lines.map(parseField).sort((a, b) => a.number - b.number)
}

const labels: Readonly<Record<string, FieldSchema['label']>> = { repeated: 'list', map: 'map', oneof: 'oneof' }

function parseField(line: string): FieldSchema {
  const words = line.split(' ')
  const number = Number(words.pop())
  const name = words.pop() ?? ''
  const type = words.pop() ?? ''
  return { name, number, type, label: labels[words[0] ?? ''] ?? 'single' }
}
