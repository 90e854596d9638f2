/** Makes answers comparable: what differs from run to run gets a name that is the same in every run. */
import { createHash } from 'node:crypto'
import type { Seen } from './scenario.ts'

/** A text and the name that stands for it. */
export type KnownText = readonly [text: string, name: string]

/** Texts whose hashes are the same in every run, so that they stay comparable. */
export type Preimages = readonly string[]

const goTime = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?[+-]\d\d:?\d\d|Z)?( UTC)?( m=\+\S+)?/g

/** What Go's decoders say of bytes that they do not understand is their own; the status is compared all the same. */
const decoders: readonly (readonly [RegExp, string])[] = [
  [/proto:[\s\u00a0][^"]*?(?=(: \[|$|\n))/g, 'proto: …'],
  [/(x509|asn1): [^"]*/g, '$1: …'],
  [/(connection error: desc = ).*/gs, '$1…'],
]

/** Names the changing parts of every text in an answer; equal parts of one answer get equal names. */
export function normalizer(known: () => readonly KnownText[], preimages: Preimages = []): (seen: Seen) => Seen {
  const hashes = new Map(preimages.map((text) => [createHash('sha256').update(text).digest('hex'), text]))
  return (seen) => {
    const numbers = new Map<string, string>()
    const nameOf = (hash: string) => {
      const preimage = hashes.get(hash.toLowerCase())
      if (preimage !== undefined) return `<hash of ${preimage}>`
      const name = numbers.get(hash.toLowerCase()) ?? `<hash ${numbers.size + 1}>`
      numbers.set(hash.toLowerCase(), name)
      return name
    }
    const texts = [...known()].sort(([a], [b]) => b.length - a.length)
    const clean = (text: string) => {
      let result = text
      for (const [from, to] of texts) result = result.replaceAll(from, to)
      for (const [pattern, to] of decoders) result = result.replace(pattern, to)
      return result
        .replace(/\b[0-9a-f]{100,}\b/gi, '<bytes>')
        .replace(/\b[0-9a-f]{64}\b/gi, nameOf)
        .replace(/(?<=[[-])[0-9a-f]{8}(?=\])/g, '<short id>')
        .replace(/(BlockNum: )\d+/g, '$1…')
        .replace(goTime, '<time>')
    }
    const walk = (value: unknown): unknown => {
      if (typeof value === 'string') return clean(value)
      if (Array.isArray(value)) return value.map(walk)
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(
        Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[clean(key), walk(inner)]])),
      )
    }
    return Object.fromEntries(Object.entries(seen).map(([key, value]) => [key, walk(value)]))
  }
}
