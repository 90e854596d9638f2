import { type ErrorCode, type ErrorFacts, errorCatalogue, PlatformError } from './errors.ts'

/** An error as plain data, for another process. A PlatformError keeps its code and facts, any other its message alone. */
export type EncodedError =
  | { readonly code: ErrorCode; readonly facts: ErrorFacts }
  | { readonly name: string; readonly message: string }

/** Stack and cause stay behind: they are of no use elsewhere, and may say too much. */
export function encodeError(error: unknown): EncodedError {
  if (error instanceof PlatformError) return { code: error.code, facts: error.facts }
  if (error instanceof Error) return { name: error.name, message: error.message }
  return { name: 'Error', message: String(error) }
}

/** Whether the catalogue has a row for it. */
export function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCatalogue, code)
}

/** What `encodeError` made, as an error again. */
export function decodeError(encoded: unknown): Error {
  if (encoded === null || typeof encoded !== 'object') return new Error(String(encoded))
  const { code, facts, name, message }: { code?: string; facts?: ErrorFacts; name?: string; message?: string } = encoded
  if (isErrorCode(code)) return new PlatformError(code, facts)
  const error = new Error(message ?? 'unknown error')
  error.name = name ?? 'Error'
  return error
}
