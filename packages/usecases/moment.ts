/** RFC 3339 in UTC, of milliseconds since 1970. */
export function moment(ms: number): string {
  return new Date(ms).toISOString()
}

/** The same of a moment that may not have come. */
export function momentOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : moment(ms)
}
