/** Whether an error has one of these codes, as the system's have: `ENOSPC`, `ESRCH` … */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const { code }: { code?: unknown } = Object(error)
  return typeof code === 'string' && codes.includes(code)
}
