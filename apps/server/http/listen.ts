import { hasCode } from '@cello/kit'
import type { FastifyInstance } from 'fastify'

/** Ports that are tried after the wanted one. */
const furtherPorts = 20
const lastPort = 65_535

/**
 * Listens on 127.0.0.1 and nowhere else, at the wanted port or, where that is taken, at the next free one.
 * @returns the address, such as `http://127.0.0.1:8080`, and the port
 * @throws Error with one sentence where none of them can be had
 */
export async function listenOnLoopback(
  app: FastifyInstance,
  wanted: number,
): Promise<{ readonly url: string; readonly port: number }> {
  const last = wanted === 0 ? 0 : Math.min(wanted + furtherPorts, lastPort)
  for (let port = wanted; port <= last; port++) {
    try {
      const url = await app.listen({ host: '127.0.0.1', port })
      return { url, port: Number(new URL(url).port) }
    } catch (cause) {
      if (hasCode(cause, 'EADDRINUSE')) continue
      throw new Error(`Port ${port} cannot be listened at (${String(cause)}); name another one by CELLO_PORT.`, {
        cause,
      })
    }
  }
  throw new Error(`The ports ${wanted} to ${last} are all taken; name another one by CELLO_PORT.`)
}
