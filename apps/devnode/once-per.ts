/**
 * The same function, asked once for each object and remembered as long as the object is: for what is derived from something
 * that never changes. What throws is asked again.
 */
export function oncePer<Key extends WeakKey, Value>(derive: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>()
  return (key) => {
    let entry = known.get(key)
    if (!entry) {
      entry = { value: derive(key) }
      known.set(key, entry)
    }
    return entry.value
  }
}
