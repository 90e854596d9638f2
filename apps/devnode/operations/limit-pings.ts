/** Clients that ping more often than they may are cut off, as Fabric cuts them: the server of grpc-js 1.14 takes any number. */
import { constants, type ServerHttp2Session } from 'node:http2'

export interface PingLimit {
  /** Between two pings of a client. */
  readonly minIntervalMs: number
  /** Milliseconds of a clock that only goes on. */
  readonly now: () => number
}

/** How many pings may come too early before the connection is ended: `maxPingStrikes` of grpc-go, which Fabric is made with. */
const maxStrikes = 2
/** A frame of HTTP/2 has 9 bytes before what it holds, and a ping holds 8 (RFC 9113, 4.1 and 6.7). */
const pingBytes = 17

/**
 * Watches one client. Pings are free after anything that was said to the client, since clients measure lines with them while they receive
 * (`handlePing` of grpc-go). That is told by the bytes that were written beside the answers to pings: window updates count
 * with them here and not there, so this is the milder one.
 */
export function limitPings(session: ServerHttp2Session, { minIntervalMs, now }: PingLimit): void {
  let [pings, strikes, said, lastAt] = [0, 0, 0, -Infinity]
  session.on('ping', () => {
    const at = now()
    const saidByNow = session.socket.bytesWritten - pings * pingBytes
    pings++
    if (saidByNow > said) [said, strikes] = [saidByNow, 0]
    else if (at - lastAt < minIntervalMs) strikes++
    lastAt = at
    if (strikes <= maxStrikes) return
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'))
    // What is destroyed at once tells nothing any more over TLS.
    setImmediate(() => session.destroy())
  })
}
