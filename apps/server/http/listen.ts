import type { FastifyInstance } from 'fastify'

/** Ports that are tried after the wanted one. */
const furtherPorts = 20

/**
 * Listens on 127.0.0.1 and nowhere else, at the wanted port or, where that is taken, at the next free one.
 * @returns the address, such as `http://127.0.0.1:8080`, and the port
 */
export async function listenOnLoopback(
  app: FastifyInstance,
  wanted: number,
): Promise<{ readonly url: string; readonly port: number }> {
  for (let port = wanted; ; port++) {
    try {
      const url = await app.listen({ host: '127.0.0.1', port })
      return { url, port: Number(new URL(url).port) }
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!isTaken || wanted === 0 || port >= wanted + furtherPorts) throw error
    }
  }
}
