/** For tests only: kill -9 at random moments under load, and what must hold afterwards. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { blockHeaderHash } from '@cello/fabric/codec'
import { openGateway } from '@cello/fabric/gateway'
import { deliverFromOrderer } from '@cello/fabric/ordering'
import { chainInfo, deliverFilteredFromPeer, findTransaction } from '@cello/fabric/peers'
import { seededRandom } from '@cello/kit'
import { peer as protos } from '@hyperledger/fabric-protos'
import type { Programs } from '../bundled.ts'
import { channel } from '../ordering.ts'
import { type Acknowledged, type Load, startLoad } from './load.ts'
import { forgetState, type KillWorld, ordererAnswers, peerAnswers, startKillWorld, stateOf } from './world.ts'

const { VALID } = protos.TxValidationCode

export interface Kills {
  readonly orderer: number
  readonly peer: number
  readonly acknowledged: number
  readonly blocks: number
}

/** Cycles of one world; with more, its chain grows so long that starts take their time to check it. */
const cyclesPerWorld = 100
/** Milliseconds that a write is waited for before a kill. */
const writePatienceMs = 15_000

/** As many cycles as asked for, in worlds of their own; `tell` is called after each world. */
export async function killOver(
  programs: Programs,
  { cycles, seed, lanes }: { readonly cycles: number; readonly seed: number; readonly lanes: number },
  tell: (line: string) => void,
): Promise<Kills> {
  const total = { orderer: 0, peer: 0, acknowledged: 0, blocks: 0 }
  let [next, done] = [0, 0]
  const lane = async () => {
    while (next < cycles) {
      const world = { cycles: Math.min(cyclesPerWorld, cycles - next), seed: seed + next }
      next += world.cycles
      const kills = await killWorld(programs, world).catch((cause: unknown) => {
        next = cycles // no further worlds
        tell(`in the world of seed ${world.seed}: ${String(cause)}`)
        throw new Error(`in the world of seed ${world.seed}`, { cause })
      })
      total.orderer += kills.orderer
      total.peer += kills.peer
      total.acknowledged += kills.acknowledged
      total.blocks += kills.blocks
      done += world.cycles
      tell(`${done} of ${cycles} cycles: ${JSON.stringify(total)}`)
    }
  }
  // All of them, also where one has failed: worlds that nobody waits for would leave their nodes running.
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return total
}

/** One world: killed again and again, then checked. */
async function killWorld(programs: Programs, { cycles, seed }: { cycles: number; seed: number }): Promise<Kills> {
  await using world = await startKillWorld(programs)
  const random = seededRandom(seed)
  const load = startLoad(world)
  const kills = { orderer: 0, peer: 0 }
  try {
    for (let cycle = 0; cycle < cycles; cycle++) {
      await untilMoment(world, load, random)
      const victim = random()
      const which = [...(victim < 0.55 ? ['orderer' as const] : []), ...(victim > 0.45 ? ['peer' as const] : [])]
      await Promise.all(which.map((node) => world[node].process.kill()))
      for (const node of which) {
        world[node].process.start()
        kills[node] += 1
      }
    }
    await Promise.all([ordererAnswers(world), peerAnswers(world)])
  } finally {
    await load.stop()
  }
  const blocks = await untilQuiet(world)
  assert.ok(load.acknowledged.length >= cycles, `only ${load.acknowledged.length} writes were acknowledged`)
  await checkChain(world)
  await checkAcknowledged(world, load.acknowledged)
  await checkReplay(world)
  return { ...kills, acknowledged: load.acknowledged.length, blocks }
}

/** Waits for a moment to kill: while nodes start, when they have just come back, or, mostly, in the middle of writes. */
async function untilMoment(world: KillWorld, { acknowledged }: Load, random: () => number): Promise<void> {
  const kind = random()
  if (kind < 0.15) return sleep(random() * 400)
  await Promise.all([ordererAnswers(world), peerAnswers(world)])
  if (kind > 0.4) {
    const before = acknowledged.length
    const end = performance.now() + writePatienceMs
    while (acknowledged.length === before && performance.now() < end) await sleep(10)
  }
  await sleep(random() * 120)
}

/** Until the peer has what the orderer has, and nothing comes any more. @returns the height */
async function untilQuiet(world: KillWorld): Promise<number> {
  const end = performance.now() + 60_000
  for (let [last, times] = [-1, 0]; performance.now() < end; await sleep(100)) {
    const [ordered, { height }] = await Promise.all([ordererAnswers(world), peerAnswers(world)])
    times = ordered === height && height === last ? times + 1 : 0
    last = height
    if (times === 3) return height
  }
  throw new Error(`the peer does not follow; its log:\n${world.peer.process.log()}`)
}

/** The orderer and the peer have the same blocks: their last ones, which hold the hashes of all before, are the same. */
async function checkChain({ ordering, orderer, peer: { connection, org } }: KillWorld): Promise<void> {
  const { currentHash, height } = await chainInfo(connection, org.admin, channel)
  const range = { channel, from: height - 1, to: height - 1 }
  for await (const block of deliverFromOrderer(orderer.connection, ordering.member, range)) {
    const header = block.getHeader()
    assert.ok(header)
    const hash = blockHeaderHash({
      number: BigInt(header.getNumber()),
      previousHash: header.getPreviousHash_asU8(),
      dataHash: header.getDataHash_asU8(),
    })
    assert.deepEqual(Buffer.from(hash), Buffer.from(currentHash), 'the chains of orderer and peer differ')
  }
}

/** What was acknowledged is in a block, and VALID, and the contract reads it. */
async function checkAcknowledged(
  { peer: { connection, org } }: KillWorld,
  all: readonly Acknowledged[],
): Promise<void> {
  const { height } = await chainInfo(connection, org.admin, channel)
  const valid = new Set<string>()
  const range = { channel, from: 0, to: height - 1 }
  for await (const { transactions } of deliverFilteredFromPeer(connection, org.user, range, { timeoutMs: 120_000 })) {
    for (const { transactionId, validationCode } of transactions) {
      if (validationCode !== VALID) continue // a write that is sent again, since nobody answered, is a duplicate
      assert.ok(!valid.has(transactionId), `${transactionId} is VALID twice`)
      valid.add(transactionId)
    }
  }
  const gateway = openGateway(connection, org.user)
  for (const { transactionId, key, value } of all) {
    assert.ok(valid.has(transactionId), `${key} = ${value} in ${transactionId}`)
    const committed = await findTransaction(connection, org.user, { channel, transactionId })
    assert.equal(committed?.validationCode, VALID, `${key} = ${value} in ${transactionId}`)
    if (key !== value) continue
    const found = await gateway.evaluate({ channel, contract: 'kv', name: 'get', args: [key] })
    assert.equal(Buffer.from(found).toString(), value)
  }
}

/** The state that all the kills have left is the one that the blocks make. */
async function checkReplay(world: KillWorld): Promise<void> {
  const { peer } = world
  await peer.process.stop()
  const left = stateOf(peer)
  forgetState(peer)
  peer.process.start()
  await peerAnswers(world)
  await peer.process.stop()
  assert.deepEqual(stateOf(peer), left, 'the state differs from a replay of the blocks')
  assert.ok(left.length > 0)
}
