/** For tests only: stands before an orderer, and can fall silent or hang up as a network does. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface OrdererRelay extends AsyncDisposable {
  /** `host:port` */
  readonly address: string
  /** Connections open now. */
  readonly open: number
  /** Connections so far. */
  readonly taken: number
  /** Passes on to this port from now on. */
  lead(port: number): void
  /** Passes nothing on any more, and says nothing. */
  freeze(): void
  /** Hangs up on everybody, and on who comes. */
  refuse(): void
  /** Takes connections again. */
  restore(): void
}

export async function openRelay(): Promise<OrdererRelay> {
  const sockets = new Set<Socket>()
  let mode: 'open' | 'frozen' | 'refusing' = 'open'
  let taken = 0
  let target = 0
  const server = createServer((inner) => {
    if (mode === 'refusing') return void inner.destroy()
    taken++
    sockets.add(inner)
    inner.on('error', () => undefined)
    inner.on('close', () => sockets.delete(inner))
    if (mode === 'frozen') return
    const outer = connect(target, '127.0.0.1')
    outer.on('error', () => inner.destroy())
    inner.on('data', (data) => mode === 'open' && outer.write(data))
    outer.on('data', (data) => mode === 'open' && inner.write(data))
    outer.on('close', () => mode === 'open' && inner.destroy())
    inner.on('close', () => outer.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const listening = server.address()
  if (typeof listening !== 'object' || !listening) throw new Error('the relay has no port')
  return {
    address: `localhost:${listening.port}`,
    get open() {
      return sockets.size
    },
    get taken() {
      return taken
    },
    lead(port) {
      target = port
    },
    freeze() {
      mode = 'frozen'
    },
    refuse() {
      mode = 'refusing'
      for (const socket of sockets) socket.destroy()
    },
    restore() {
      mode = 'open'
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
