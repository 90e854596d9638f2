/** Whether the system threw it with one of these codes: `ENOSPC`, `ESRCH` … */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}
