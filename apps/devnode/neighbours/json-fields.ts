/** Reading JSON that others sent: nothing in it is taken on trust. */

/** Most items of a list: a network that needs more is none for the devnode. */
const longestList = 1_000

/** A member of an object or list; undefined where there is none. */
export function field(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

/** @throws Error when it is none */
export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a text is missing')
  return value
}

/** A whole number that is not negative. @throws Error when it is none */
export function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Error('a number is missing')
  return value
}

/** @throws Error when it is none, or too long */
export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length > longestList) throw new Error('a list is missing or too long')
  return value
}
