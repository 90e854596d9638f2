/**
 * The state as it was, for those who still read it while blocks are applied. Nothing is copied: before a block changes keys,
 * their values are put aside, and whoever looks from before that block finds them there first.
 */
import { compareUtf8 } from './key-order.ts'
import { type Page, type ReadPage, rangesOf } from './state-reading.ts'
import type { StateEntry, StateReader, StateSnapshot, StateValue, WorldState } from './world-state.ts'

export interface Snapshots {
  /** @param height blocks that the state knows of now */
  open(height: number): StateSnapshot
  /** To be called before these keys change, all at once. */
  before(changes: Iterable<Place>): void
}

interface Place {
  readonly namespace: string
  readonly key: string
}

/** What one change put aside; undefined: there was no such key. Older snapshots go on to what later changes put aside. */
interface Aside {
  readonly values: Map<string, Map<string, StateValue | undefined>>
  next?: Aside
}

export function snapshotsOf(state: Pick<WorldState, 'get' | 'history'> & { readonly page: ReadPage }): Snapshots {
  let newest: Aside = { values: new Map() }
  let open = 0
  return {
    open(height) {
      const from = newest
      let isOpen = true
      open += 1
      return {
        height,
        get: (namespace, key) => valueBefore(from, state, namespace, key),
        range: rangesOf((namespace, start, end, size) =>
          pageBefore(asideIn(from, namespace), state.page(namespace, start, end, size), { start, end }),
        ),
        *history(namespace, key) {
          for (const change of state.history(namespace, key)) if (change.version.block < height) yield change
        },
        [Symbol.dispose]() {
          if (isOpen) open -= 1
          isOpen = false
        },
      }
    },
    before(changes) {
      if (open === 0) return
      const { values } = newest
      for (const { namespace, key } of changes) {
        const inNamespace = values.get(namespace) ?? new Map<string, StateValue | undefined>()
        values.set(namespace, inNamespace)
        if (!inNamespace.has(key)) inNamespace.set(key, state.get(namespace, key))
      }
      newest = newest.next = { values: new Map() }
    },
  }
}

function valueBefore(from: Aside, state: Pick<StateReader, 'get'>, namespace: string, key: string) {
  for (let aside: Aside | undefined = from; aside; aside = aside.next) {
    const values = aside.values.get(namespace)
    if (values?.has(key)) return values.get(key)
  }
  return state.get(namespace, key)
}

/** All of a namespace that was put aside, the oldest of each key: what a snapshot sees. */
function asideIn(from: Aside, namespace: string): ReadonlyMap<string, StateValue | undefined> {
  const found = new Map<string, StateValue | undefined>()
  for (let aside: Aside | undefined = from; aside; aside = aside.next) {
    for (const [key, value] of aside.values.get(namespace) ?? []) if (!found.has(key)) found.set(key, value)
  }
  return found
}

/** A page of the present state, with what was put aside of its keys in its place. */
function pageBefore(
  aside: ReadonlyMap<string, StateValue | undefined>,
  page: Page,
  { start, end }: { readonly start: string; readonly end: string },
): Page {
  if (aside.size === 0) return page
  const until = page.next ?? end
  const isHere = (key: string) => compareUtf8(key, start) >= 0 && (until === '' || compareUtf8(key, until) < 0)
  const unchanged = page.entries.filter(({ key }) => !aside.has(key))
  const earlier = [...aside].flatMap(([key, value]): StateEntry[] => (value && isHere(key) ? [{ key, ...value }] : []))
  const entries = [...unchanged, ...earlier].sort((left, right) => compareUtf8(left.key, right.key))
  return { ...page, entries }
}
