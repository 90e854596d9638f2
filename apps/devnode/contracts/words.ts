/** What a caught value says. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The same error with a sentence in front, as Fabric wraps errors. */
export const wrapped = (prefix: string, error: unknown): Error =>
  new Error(`${prefix}: ${wordsOf(error)}`, { cause: error })
