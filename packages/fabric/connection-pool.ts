import { type Connection, openConnection } from './connection.ts'
import type { Endpoint } from './endpoint.ts'

/** Connections by endpoint: who asks twice for the same address, names and certificates gets the same connection. */
export interface ConnectionPool extends AsyncDisposable {
  /** Opens nothing by itself, see `openConnection`. @throws FabricError INVALID; an Error after disposal */
  get(endpoint: Endpoint): Connection
  /** Forgets the connections to a node that is gone; each closes once the calls under way on it have ended. */
  drop(endpoint: Pick<Endpoint, 'host' | 'port'>): void
  readonly size: number
}

/** An empty pool; disposing it closes every connection that it gave. */
export function createConnectionPool(): ConnectionPool {
  const connections = new Map<string, Connection>()
  let disposed = false
  return {
    get(endpoint) {
      if (disposed) throw new Error('this connection pool is disposed')
      const key = keyOf(endpoint)
      const known = connections.get(key)
      if (known) return known
      const made = openConnection(endpoint)
      connections.set(key, made)
      return made
    },
    drop({ host, port }) {
      for (const [key, connection] of connections) {
        if (connection.endpoint.host !== host || connection.endpoint.port !== port) continue
        connection.close()
        connections.delete(key)
      }
    },
    get size() {
      return connections.size
    },
    async [Symbol.asyncDispose]() {
      disposed = true
      for (const connection of connections.values()) connection.close()
      connections.clear()
    },
  }
}

function keyOf(endpoint: Endpoint): string {
  const { node, host, port, serverName, tlsRoots, clientCertificate, clientKey } = endpoint
  return JSON.stringify([node, host, port, serverName, tlsRoots, clientCertificate, clientKey])
}
