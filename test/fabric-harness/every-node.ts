import { pollUntil } from '@cello/fabric'
import { configFromBlock } from '@cello/fabric/config'
import { configBlockFromOrderer } from '@cello/fabric/ordering'
import { chainInfo, configBlockFromPeer } from '@cello/fabric/peers'
import type { RealNetwork } from './network.ts'

/** Milliseconds that one node may have a block after another; machines may be busy. */
const patienceMs = 90_000

/** Until each orderer and each peer obeys a config of this sequence: one has the block a moment before another. */
export async function everyNodeObeys(network: RealNetwork, sequence: number): Promise<void> {
  const { plan, orderers, peers, ordererAdmin } = network
  const { channel } = plan
  const looks = [
    ...orderers.map(
      ({ connection }) =>
        (limits: object) =>
          configBlockFromOrderer(connection, ordererAdmin, channel, limits),
    ),
    ...peers.map(
      ({ connection, admin }) =>
        (limits: object) =>
          configBlockFromPeer(connection, admin, channel, limits),
    ),
  ]
  await Promise.all(
    looks.map((look) =>
      pollUntil(
        { doing: 'see the new config', channel },
        async (limits) => configFromBlock(await look(limits)).config.getSequence() >= sequence || undefined,
        { timeoutMs: patienceMs },
      ),
    ),
  )
}

/** Until each peer has committed the block. */
export async function everyPeerHas({ plan: { channel }, peers }: RealNetwork, block: number): Promise<void> {
  await Promise.all(
    peers.map(({ connection, admin }) =>
      pollUntil(
        { doing: 'see the block', channel },
        async (limits) => (await chainInfo(connection, admin, channel, limits)).height > block || undefined,
        { timeoutMs: patienceMs },
      ),
    ),
  )
}
