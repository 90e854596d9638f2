/** Milliseconds for which one join holds up the next: mostly it takes a tenth of that, and a peer that hangs must not hold up the others. */
const patienceMs = 1_000

/**
 * The joins of peers that dial each other as soon as they join: the anchors of organizations. Where two do so in the same
 * moment, each takes the other's new connection for a better one and closes its own (`onConnected` and `getConnection` in
 * gossip/comm/conn.go of 3.1.5), both requests for membership are lost, and each peer waits for its answer for 5 s, a
 * constant of `sendUntilAcked` in gossip/discovery. So they join one after the other: what is left of the earlier one's
 * first contact is over when the later one comes.
 */
export class FirstJoins {
  #before: Promise<unknown> = Promise.resolve()

  /** Begins when the join before has ended, well or not. @throws what `join` throws */
  async inTurn(join: () => Promise<void>): Promise<void> {
    const before = this.#before
    const own = endedOrLate(before).then(join)
    this.#before = own.catch(() => {})
    await own
  }
}

async function endedOrLate(before: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patienceMs)
  await Promise.race([before, late])
  clearTimeout(timer)
}
