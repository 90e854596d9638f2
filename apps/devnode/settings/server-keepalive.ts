/** How a gRPC listener keeps watch over its clients' connections. Milliseconds. */
export interface ServerKeepalive {
  /** After which a client is pinged. */
  readonly intervalMs: number
  /** That it has to answer; then the connection and its calls are ended. */
  readonly timeoutMs: number
  /** Clients that ping more often are cut off. */
  readonly minIntervalMs: number
}

/** Node's timers take no more, and fire at once for what is above it. */
const longestMs = 2 ** 31 - 1

/** What Fabric's settings come to: grpc-go has defaults of its own in place of 0, and pings no more often than once in a second. */
export function serverKeepalive({ intervalMs, timeoutMs, minIntervalMs }: ServerKeepalive): ServerKeepalive {
  return {
    intervalMs: Math.max(intervalMs || 7_200_000, 1_000),
    timeoutMs: Math.min(timeoutMs || 20_000, longestMs),
    minIntervalMs: minIntervalMs || 300_000,
  }
}
