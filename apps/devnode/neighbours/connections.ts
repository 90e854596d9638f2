/** gRPC connections to other nodes: made at the first call, kept while they are used, closed by themselves afterwards. */
import { Client } from '@grpc/grpc-js'
import type { Membership } from '../msp/membership.ts'
import { oncePer } from '../once-per.ts'
import { type ClientPair, plainClient, tlsClient } from '../operations/tls-client.ts'

export interface ConnectionsOptions {
  /** Shown to nodes that ask for it. */
  readonly client?: ClientPair
}

export interface Connections extends Disposable {
  /** @param address `host:port` @param roots PEM of the authorities to trust there; none: no TLS */
  to(address: string, roots: readonly string[]): Client
  /** Closes what goes to this address: the next call dials anew. */
  drop(address: string): void
}

const options = {
  'grpc.max_receive_message_length': 100 * 1024 * 1024,
  'grpc.max_send_message_length': 100 * 1024 * 1024,
  // Fabric cuts clients that ping more often than once in 60 s.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.client_idle_timeout_ms': 60_000,
  // A node that comes up is seen at once: neighbours ask each 250 ms at first.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  'grpc.service_config_disable_resolution': 1,
}

export function openConnections({ client: pair }: ConnectionsOptions = {}): Connections {
  const clients = new Map<string, Map<string, Client>>()
  const open = (address: string, roots: readonly string[]): Client =>
    new Client(address, roots.length === 0 ? plainClient() : tlsClient(roots, pair), options)
  const drop = (address: string): void => {
    for (const client of clients.get(address)?.values() ?? []) client.close()
    clients.delete(address)
  }
  return {
    to(address, roots) {
      const byRoots = clients.get(address) ?? new Map<string, Client>()
      clients.set(address, byRoots)
      const name = roots.join('')
      const known = byRoots.get(name) ?? open(address, roots)
      byRoots.set(name, known)
      return known
    },
    drop,
    [Symbol.dispose]() {
      for (const address of clients.keys()) drop(address)
    },
  }
}

type TlsAuthorities = Pick<Membership, 'tls'>

/** A config's memberships do not change; asked for at each transaction. */
const authoritiesOf = oncePer(({ tls }: TlsAuthorities): readonly string[] =>
  [...tls.roots, ...tls.intermediates].map(({ x509 }) => x509.toString()),
)

/** PEM of the authorities that certify an organization's TLS certificates. */
export function tlsRootsOf(membership: TlsAuthorities | undefined): readonly string[] {
  return membership ? authoritiesOf(membership) : []
}
