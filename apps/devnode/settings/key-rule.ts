/** What the devnode does with a key of Fabric's files. The tables of keys are made of these, and so is docs/devnode.md. */
export type KeyRule =
  | { readonly rule: 'obeyed'; readonly kind: ValueKind }
  /** Any value is taken; `why` it changes nothing. */
  | { readonly rule: 'harmless'; readonly why: string }
  /** Only these values, as text; the first is the shipped one. */
  | { readonly rule: 'fixed'; readonly values: readonly string[]; readonly why: string }

/** `maps` is a list of sections, each kept as JSON text. */
export type ValueKind = 'text' | 'texts' | 'path' | 'paths' | 'number' | 'boolean' | 'duration' | 'size' | 'maps'

/** By key, in Fabric's spelling. A key that ends in `.*` stands for whatever names a section holds. */
export type KeyRules = Readonly<Record<string, KeyRule>>

export const obeyed = (kind: ValueKind): KeyRule => ({ rule: 'obeyed', kind })
export const harmless = (why: string): KeyRule => ({ rule: 'harmless', why })
export const fixed = (why: string, ...values: string[]): KeyRule => ({ rule: 'fixed', values, why })
