import { z } from 'zod'

/** Which part of a list. `limit` is 1–200, by default 50; `cursor` is what the page before gave as `next`. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number<number | string>().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .max(300)
    .regex(/^[\w.~+/=-]+$/, 'give the `next` of the page before')
    .optional(),
})
export type PageQuery = z.output<typeof PageQuery>

/** One page of a list; `next` is absent at its end. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().optional() })
}

/** `true` or `false` in a query string. */
export const QueryFlag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** A moment, RFC 3339 in UTC. */
export const Timestamp = z.iso.datetime()
