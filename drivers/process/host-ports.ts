import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { hasCode } from '@cello/kit'

export interface PortRange {
  readonly from: number
  readonly to: number
}

const usual: PortRange = { from: 20_000, to: 29_999 }

/** Ports for nodes: 20000–29999, cut where the kernel begins to give ports to outgoing connections. Both ends belong to it. */
export function portRange(): PortRange {
  const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0])
  // Where that range begins below ours (some raise it to 1024–65535) there is no better place than the usual one.
  return first > usual.from + 100 && first <= usual.to ? { from: usual.from, to: first - 1 } : usual
}

/** Those of the ports that can be listened on now, in the order given. */
export async function freePorts(candidates: readonly number[], signal?: AbortSignal): Promise<number[]> {
  const free: boolean[] = []
  // Some at a time: each takes a file descriptor.
  for (let at = 0; at < candidates.length; at += 64) {
    signal?.throwIfAborted()
    free.push(...(await Promise.all(candidates.slice(at, at + 64).map(isFree))))
  }
  return candidates.filter((_port, at) => free[at])
}

/** Listens for a moment on all addresses, which fails where anybody listens on any of them. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error) => {
      if (hasCode(error, 'EADDRINUSE', 'EACCES')) resolve(false)
      else reject(error)
    })
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
