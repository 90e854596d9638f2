/** Killed at any moment under load, a peer keeps every transaction that it told of, and its state is that of its blocks. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { bundleDevnode } from '@cello/devnode/bundle'
import { pollUntil } from '@cello/fabric'
import { openGateway } from '@cello/fabric/gateway'
import { chainInfo, findTransaction } from '@cello/fabric/peers'
import { peer as protos } from '@hyperledger/fabric-protos'
import { channel } from './ordering.ts'
import { deployKv, type Member } from './peer-kv.ts'
import { type RunningPeer, startPeerNetwork } from './peers/network.ts'

const { TxValidationCode } = protos

/** The long run asks for 5,000. */
const kills = Number(process.env['DEVNODE_KILLS'] ?? 60)
/** Clients that write meanwhile. */
const writers = 6
/** Milliseconds from the peer's first answer to the kill. */
const lifeMs = (cycle: number): number => 20 + ((cycle * 37) % 160)

interface Acknowledged {
  readonly transactionId: string
  readonly key: string
}

/** Writes keys of its own until `stop`, and notes what was acknowledged. */
async function write({ connection, org }: RunningPeer, name: string, kept: Acknowledged[], stop: AbortSignal) {
  const gateway = openGateway(connection, org.user)
  for (let index = 0; !stop.aborted; index++) {
    const key = `${name}-${index}`
    try {
      const call = { channel, contract: 'kv', name: 'put', args: [key, key] }
      const { commit } = await gateway.invoke(call, { timeoutMs: 2_000 })
      kept.push({ transactionId: commit.transactionId, key })
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20)) // the peer is down
    }
  }
}

/** Every row of the state, in order. */
function stateOf({ folder }: RunningPeer): readonly string[] {
  using database = new DatabaseSync(join(folder, 'data', 'state', `${channel}.sqlite`), { readOnly: true })
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  return tables.flatMap(({ name }) => {
    const rows = database.prepare(`SELECT * FROM ${name}`).all()
    return rows.map((row) => `${name} ${JSON.stringify(Object.values(row))}`).sort()
  })
}

async function answers({ connection, org, process: running }: RunningPeer): Promise<void> {
  const ask = () => chainInfo(connection, org.admin, channel, { timeoutMs: 2_000 }).catch(() => undefined)
  await pollUntil({ doing: 'read the chain', channel }, ask).catch((cause: unknown) => {
    throw new Error(`the peer does not come back; its log:\n${running.log()}`, { cause })
  })
}

test(`${kills} kills under load`, { timeout: 60_000 + kills * 4_000 }, async () => {
  // From a bundle: it starts faster, and stays as it was when the test began.
  const cacheDir = mkdtempSync(join(tmpdir(), 'cello-bundle-'))
  using _cache = { [Symbol.dispose]: () => rmSync(cacheDir, { recursive: true, force: true }) }
  const { path, entry } = await bundleDevnode({ cacheDir })
  const started = (kind: string) => ({ program: process.execPath, args: [join(path, entry), kind] })
  await using network = await startPeerNetwork({
    kind: 'devnode',
    orderer: started('orderer'),
    peers: [started('peer'), started('peer')],
  })
  const [peer, second] = network.peers
  const member = ({ connection, org }: RunningPeer): Member => ({ connection, admin: org.admin })
  const definition = { name: 'kv', version: '1', sequence: 1, endorsementPolicy: { signature: "OR('Org1MSP.peer')" } }
  const { folder } = network.ordering
  await using _contract = await deployKv([member(peer), member(second)], channel, folder, definition)
  const kept: Acknowledged[] = []
  const stop = new AbortController()
  using _stop = { [Symbol.dispose]: () => stop.abort() }
  const writing = Array.from({ length: writers }, (_, index) => write(peer, `w${index}`, kept, stop.signal))
  for (let cycle = 0; cycle < kills; cycle++) {
    await answers(peer)
    await new Promise((resolve) => setTimeout(resolve, lifeMs(cycle)))
    await peer.process.kill()
    peer.process.start()
  }
  await answers(peer)
  stop.abort()
  await Promise.all(writing)
  assert.ok(kept.length > kills / 4, `only ${kept.length} writes were acknowledged`)
  const gateway = openGateway(peer.connection, peer.org.user)
  const check = async ({ transactionId, key }: Acknowledged) => {
    const found = await findTransaction(peer.connection, peer.org.admin, { channel, transactionId })
    assert.equal(found?.validationCode, TxValidationCode.VALID, key)
    const value = await gateway.evaluate({ channel, contract: 'kv', name: 'get', args: [key] })
    assert.equal(Buffer.from(value).toString(), key)
  }
  for (let at = 0; at < kept.length; at += 20) await Promise.all(kept.slice(at, at + 20).map(check))
  await peer.process.stop()
  const after = stateOf(peer)
  rmSync(join(peer.folder, 'data', 'state'), { recursive: true })
  peer.process.start()
  await answers(peer)
  await peer.process.stop()
  assert.deepEqual(stateOf(peer), after, 'the state differs from a replay of the blocks')
})
