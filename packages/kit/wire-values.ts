/*
 * Values as JSON text. Beside what JSON has, bytes and abort signals travel, the latter as a number by which the other side
 * is told that they fired. Anything else that is no plain data is refused: it would arrive as something else unnoticed.
 */

const bytesMark = '$bytes'
const signalMark = '$signal'

/** @param signals takes the number of each signal met. @throws TypeError for a function, a class instance, a symbol. */
export function encodeValue(value: unknown, signals?: (signal: AbortSignal) => number): string {
  // The replacer sees `value` after toJSON was called, so the value itself is taken from its holder.
  return JSON.stringify(value, function replace(this: Record<string, unknown>, key: string, made: unknown): unknown {
    const inner = this[key]
    if (typeof inner === 'function' || typeof inner === 'symbol') refuse(key)
    return inner !== null && typeof inner === 'object' ? encodeObject(key, inner, signals) : made
  })
}

function encodeObject(key: string, value: object, signals?: (signal: AbortSignal) => number): object {
  if (value instanceof Uint8Array) return { [bytesMark]: Buffer.from(value).toString('base64') }
  if (value instanceof AbortSignal && signals) return { [signalMark]: signals(value) }
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null ? value : refuse(key)
}

function refuse(key: string): never {
  throw new TypeError(`${key} is no plain data and cannot be sent`)
}

/** What `encodeValue` was given. @param signal gives a signal for a number. */
export function decodeValue(text: string, signal?: (id: number) => AbortSignal): unknown {
  // A reviver is called for every value: it is left out where there is nothing to revive.
  if (!text.includes(`"${bytesMark}"`) && !text.includes(`"${signalMark}"`)) return JSON.parse(text)
  return JSON.parse(text, (_key, value: unknown) => {
    if (value === null || typeof value !== 'object') return value
    if (bytesMark in value) return new Uint8Array(Buffer.from(String(value[bytesMark]), 'base64'))
    if (signalMark in value && signal) return signal(Number(value[signalMark]))
    return value
  })
}
