import { NetworkSpec, PlatformError } from '@cello/model'

/** The rules between fields hold for a document that was put together here too. @throws INVALID_REQUEST */
export function checkDocument(spec: NetworkSpec): NetworkSpec {
  const parsed = NetworkSpec.safeParse(spec)
  if (parsed.success) return parsed.data
  const detail = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  throw new PlatformError('INVALID_REQUEST', { detail })
}
