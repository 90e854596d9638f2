export type AssetErrorCode = 'NOT_FOUND' | 'ALREADY_EXISTS' | 'NOT_YOURS' | 'INVALID'

/** What callers get as the message of a failed transaction: a code for programs, a sentence and the next step for people. */
export class AssetError extends Error {
  readonly code: AssetErrorCode

  constructor(code: AssetErrorCode, sentence: string, next: string) {
    super(`${code}: ${sentence} ${next}`)
    this.name = 'AssetError'
    this.code = code
  }
}
