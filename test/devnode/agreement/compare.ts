/** Compares what was seen with what is recorded, field by field, and knows the differences that are listed. */
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Recording } from './recording.ts'
import type { PlayedGroup } from './scenario.ts'

/** A field that differs. */
export interface Difference {
  readonly group: string
  readonly scenario: string
  /** Where in the answer: names and places joined by dots; empty for the whole. */
  readonly field: string
  readonly recorded?: unknown
  readonly seen?: unknown
}

const Listed = z.array(
  z.strictObject({
    group: z.string(),
    scenario: z.string(),
    field: z.string(),
    /** What the devnode says there; absent where it says nothing. */
    devnode: z.unknown().optional(),
    /** The line of the table in docs/devnode.md, word by word. */
    why: z.string(),
  }),
)

export type ListedDifference = z.infer<typeof Listed>[number]

const listedFile = new URL('../../vectors/devnode/differences.json', import.meta.url)

export const readListed = (): readonly ListedDifference[] => Listed.parse(JSON.parse(readFileSync(listedFile, 'utf8')))

/** Every field that differs between a recording and what was seen. */
export function compareGroup(group: string, recording: Recording, played: PlayedGroup): readonly Difference[] {
  const names = new Set([...Object.keys(recording.scenarios), ...Object.keys(played)])
  return [...names].flatMap((scenario) => {
    const fields = differingFields(recording.scenarios[scenario]?.seen, played[scenario]?.seen, [])
    return fields.map((field) => ({ group, scenario, ...field }))
  })
}

type Field = Pick<Difference, 'field' | 'recorded' | 'seen'>

function differingFields(recorded: unknown, seen: unknown, path: readonly string[]): readonly Field[] {
  if (isDeepStrictEqual(recorded, seen)) return []
  if (!isTree(recorded) || !isTree(seen) || Array.isArray(recorded) !== Array.isArray(seen)) {
    return [{ field: path.join('.'), recorded, seen }]
  }
  const left: Readonly<Record<string, unknown>> = { ...recorded }
  const right: Readonly<Record<string, unknown>> = { ...seen }
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...keys].flatMap((key) => differingFields(left[key], right[key], [...path, key]))
}

const isTree = (value: unknown): value is object => value !== null && typeof value === 'object'

/** What remains of differences when the listed ones are taken out, and what is listed but does not differ (so). */
export function unlisted(
  differences: readonly Difference[],
  listed: readonly ListedDifference[],
): { readonly unlisted: readonly Difference[]; readonly stale: readonly ListedDifference[] } {
  const matches = (difference: Difference, entry: ListedDifference) =>
    difference.group === entry.group &&
    difference.scenario === entry.scenario &&
    difference.field === entry.field &&
    isDeepStrictEqual(difference.seen, entry.devnode)
  return {
    unlisted: differences.filter((difference) => !listed.some((entry) => matches(difference, entry))),
    stale: listed.filter((entry) => !differences.some((difference) => matches(difference, entry))),
  }
}
