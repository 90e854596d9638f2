import { PlatformError } from '@cello/model'

/** What is asked of a port. Where that finds nothing, `said` is thrown: the port names it otherwise than the caller did. */
export async function unlessNotFound<T>(asked: Promise<T>, said: (cause: PlatformError) => PlatformError): Promise<T> {
  try {
    return await asked
  } catch (error) {
    throw error instanceof PlatformError && error.code === 'NOT_FOUND' ? said(error) : error
  }
}
