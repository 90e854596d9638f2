import { z } from 'zod'

/** RFC 9457, as every error is answered. `code` is a row of docs/errors.md. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  /** What to do next. */
  next: z.string(),
  retry: z.enum(['now', 'later', 'never']),
  requestId: z.string(),
  /** What is wrong in the request, by JSON pointer (RFC 6901) into the body, or `query`, `path`, `headers` before it. */
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
})
export type Problem = z.output<typeof Problem>
