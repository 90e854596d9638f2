/** For tests only: ports of this machine for what a test starts, or for nobody at all. */
import { createServer, type ListenOptions, type Server } from 'node:net'

/**
 * A port below those that the kernel gives to clients. It stays this process's own until it ends: tests beside it claim theirs
 * in the same way (`freePorts` of `@cello/fabric/testing/real-node`).
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const claim = await listening({ path: `\0cello-test-port-${port}` })
    claim?.unref()
    const probe = claim && (await listening({ port, host: '127.0.0.1' }))
    if (!probe) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}

/** `host:port` of a free port. */
export const freeAddress = async (): Promise<string> => `127.0.0.1:${await freePort()}`

/** Nothing, where somebody listens there already. */
function listening(place: ListenOptions): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(place, () => resolve(server))
  })
}
