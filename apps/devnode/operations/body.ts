import type { IncomingMessage } from 'node:http'

/** A request's body, whole. @throws RangeError with Go's words when it is longer than `limit` bytes */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) throw new TypeError('a body that is not bytes')
    length += part.length
    if (length > limit) throw new RangeError('http: request body too large')
    parts.push(part)
  }
  return Buffer.concat(parts)
}
