/** Waits for the connection of a gRPC client. */
import { type Client, connectivityState } from '@grpc/grpc-js'

/**
 * Has the client connect. Instead of grpc-js' `waitForReady`, which has a client that is closed meanwhile open again (1.14).
 * @param wanted the states that are waited for
 * @param deadline milliseconds since 1970
 * @returns the one of them that came first
 * @throws Error in Go's words at the deadline, or when the client is closed
 */
export function reachState(
  client: Client,
  wanted: readonly connectivityState[],
  deadline: number,
): Promise<connectivityState> {
  const channel = client.getChannel()
  return new Promise((resolve, reject) => {
    const look = (late?: Error): void => {
      if (late) return reject(new Error('context deadline exceeded'))
      const state = channel.getConnectivityState(false)
      if (wanted.includes(state)) return resolve(state)
      if (state === connectivityState.SHUTDOWN) return reject(new Error('context canceled'))
      channel.getConnectivityState(true)
      channel.watchConnectivityState(state, deadline, look)
    }
    look()
  })
}
