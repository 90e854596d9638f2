/** Killed at any moment under load, the orderer keeps every block that anybody has seen. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockHeaderHash } from '@cello/fabric/codec'
import { deliverFromOrderer } from '@cello/fabric/ordering'
import type { common } from '@hyperledger/fabric-protos'
import { message } from './messages.ts'
import { channel, type Ordering, planOrdering, type RunningOrderer, startOrderer } from './ordering.ts'
import { devnodeOrderer } from './program.ts'
import { sendEnvelope } from './raw-clients.ts'

const cycles = 40

function hashOf(block: common.Block): string {
  const header = block.getHeader()
  assert.ok(header)
  return Buffer.from(
    blockHeaderHash({
      number: BigInt(header.getNumber()),
      previousHash: header.getPreviousHash_asU8(),
      dataHash: header.getDataHash_asU8(),
    }),
  ).toString('hex')
}

/** Sends until the orderer is gone. */
async function load(ordering: Ordering, { connection }: RunningOrderer, count: { sent: number }): Promise<void> {
  for (;;) {
    try {
      await sendEnvelope(connection, await message(ordering.member, `message ${count.sent++}`))
    } catch {
      return
    }
  }
}

/** Reads on from what was seen before until the orderer is gone; notes each block's hash, and checks the old ones. */
async function follow(ordering: Ordering, { connection }: RunningOrderer, seen: Map<number, string>): Promise<void> {
  const blocks = deliverFromOrderer(connection, ordering.member, { channel, from: 'oldest' }, { timeoutMs: 10_000 })
  let before: string | undefined
  try {
    for await (const block of blocks) {
      const number = block.getHeader()?.getNumber() ?? -1
      const hash = hashOf(block)
      assert.equal(seen.get(number) ?? hash, hash, `block ${number} changed`)
      if (before !== undefined) {
        assert.equal(Buffer.from(block.getHeader()?.getPreviousHash_asU8() ?? []).toString('hex'), before)
      }
      before = hash
      seen.set(number, hash)
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
  }
}

test(`${cycles} kills under load lose no block that was delivered`, { timeout: 240_000 }, async () => {
  using ordering = await planOrdering({ batch: { timeout: '5ms', maxMessageCount: 3 } })
  const seen = new Map<number, string>()
  const count = { sent: 0 }
  for (let cycle = 0; cycle <= cycles; cycle++) {
    await using running = await startOrderer(ordering, devnodeOrderer)
    if (cycle === 0) await running.participation.join(ordering.genesis)
    const { height } = await running.participation.show(channel)
    assert.ok(height >= seen.size, `after kill ${cycle}: height ${height}, and ${seen.size} blocks were delivered`)
    const work = [follow(ordering, running, seen), load(ordering, running, count), load(ordering, running, count)]
    await new Promise((resolve) => setTimeout(resolve, 60 + ((cycle * 37) % 120)))
    await running.process.kill()
    running.connection.close()
    await Promise.all(work)
  }
  assert.ok(seen.size > cycles, `only ${seen.size} blocks were made`)
})
