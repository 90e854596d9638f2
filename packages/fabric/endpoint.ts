/** Where a node answers and whom it must prove to be. Nothing here is looked up: what is given is dialled. */
export interface Endpoint {
  /** Name for messages: what an operator calls this node. */
  readonly node: string
  readonly host: string
  readonly port: number
  /** The name that the server's certificate must carry; `host` when absent. */
  readonly serverName?: string
  /** PEM certificates of the TLS authorities that may have signed the server's certificate. */
  readonly tlsRoots: readonly string[]
  /** Presented to the server where it asks for a client certificate (mutual TLS), PEM. */
  readonly clientCertificate?: string
  readonly clientKey?: string
}

/** Limits of one call. Streams use `timeoutMs` as idle time: the longest wait between two messages. */
export interface CallOptions {
  readonly signal?: AbortSignal
  /** Milliseconds ≥ 1; default 30,000. */
  readonly timeoutMs?: number
}
