/** For tests only: one orderer and one peer as processes that are killed, and a contract that is not. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Connection, pollUntil, waitUntilConnected } from '@cello/fabric'
import { defaultApplicationPolicies } from '@cello/fabric/config'
import { type ChainInfo, chainInfo, joinPeer } from '@cello/fabric/peers'
import { freePorts } from '@cello/fabric/testing/real-node'
import type { NodeProcess } from '../../fabric-harness/node-process.ts'
import type { Programs } from '../bundled.ts'
import { channel, type Ordering, planOrdering, type RunningOrderer, startOrderer } from '../ordering.ts'
import { mspOf } from '../organizations.ts'
import { deployKv } from '../peer-kv.ts'
import { organization, planPeer, type RunningPeer, startPeer } from '../peers/network.ts'
import { gatherEvidence, type Refusals, reporting, type Suspect } from './evidence.ts'

export interface KillWorld extends AsyncDisposable {
  readonly ordering: Ordering
  readonly orderer: RunningOrderer
  readonly peer: RunningPeer
}

/** Everything is started, and the contract `kv` answers. Blocks are cut after 10 ms, or 10 transactions. */
export async function startKillWorld(programs: Programs): Promise<KillWorld> {
  await using started = new AsyncDisposableStack()
  const org = organization(1)
  const [service = 0, operations = 0, contracts = 0] = await freePorts(3)
  const anchorPeers = [{ host: '127.0.0.1', port: service }]
  const ordering = started.use(
    await planOrdering({
      members: org.authorities,
      application: {
        policies: defaultApplicationPolicies,
        organizations: [{ name: org.mspId, msp: mspOf(org), anchorPeers }],
      },
      batch: { timeout: '10ms', maxMessageCount: 10, absoluteMaxBytes: 10_000_000, preferredMaxBytes: 2_000_000 },
    }),
  )
  const orderer = started.use(await startOrderer(ordering, reporting(programs.orderer)))
  await orderer.participation.join(ordering.genesis)
  const peer = startPeer(planPeer(ordering, org, { service, operations, contracts }), reporting(programs.peer))
  started.defer(() => peer.process.stop())
  started.defer(() => peer.connection.close())
  await waitUntilConnected(peer.connection, { timeoutMs: 90_000 })
  await joinPeer(peer.connection, org.admin, ordering.genesis)
  started.use(await deployKv([{ connection: peer.connection, admin: org.admin }], channel, ordering.folder))
  const owned = started.move()
  return { ordering, orderer, peer, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Milliseconds until a node that does not come back fails the test; machines may be busy. */
const patienceMs = 90_000

/** Until the peer answers. */
export function peerAnswers({ peer }: KillWorld): Promise<ChainInfo> {
  const { connection, org } = peer
  const askAnew = (by: Connection) => chainInfo(by, org.admin, channel, { timeoutMs: 2_000 })
  return answered({ ...peer, name: 'peer', askAnew }, () => askAnew(connection))
}

/** Until the orderer answers. @returns its height */
export async function ordererAnswers({ ordering: { folder, ports }, orderer }: KillWorld): Promise<number> {
  const ask = () => orderer.participation.show(channel, { timeoutMs: 2_000 })
  const { height } = await answered({ ...orderer, name: 'orderer', folder, ports, askAnew: ask }, ask)
  return height
}

async function answered<T>(suspect: Suspect, ask: () => Promise<T>): Promise<T> {
  const refusals = new Map<string, { times: number; last: string }>()
  const tryOnce = () =>
    ask().catch((error: unknown) => {
      const reason = String(error).replaceAll(/\d+\.\d+s|\d{4}-[\dT:.-]+Z/g, '…') // gRPC writes times into them
      refusals.set(reason, { times: (refusals.get(reason)?.times ?? 0) + 1, last: new Date().toISOString() })
      startWherePortWasTaken(suspect.process)
      return undefined
    })
  try {
    return await pollUntil({ doing: 'wait for a node that was killed', channel }, tryOnce, { timeoutMs: patienceMs })
  } catch (cause) {
    throw await silent(suspect, refusals, cause)
  }
}

/** Tests that run beside this one look for free ports, and find those of a node that was just killed. */
function startWherePortWasTaken(running: NodeProcess): void {
  const lastLine = running.log().trimEnd().split('\n').at(-1)
  if (lastLine?.includes('EADDRINUSE') && !runs(running)) running.start()
}

function runs({ pid }: NodeProcess): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}

async function silent(suspect: Suspect, refusals: Refusals, cause: unknown): Promise<Error> {
  const evidence = await gatherEvidence(suspect, refusals)
  const log = suspect.process.log().slice(-1_500)
  return new Error(`the ${suspect.name} does not come back; ${evidence}; its log:\n${log}`, { cause })
}

/** Every row of the peer's world state, in order; the peer must not run. */
export function stateOf({ folder }: Pick<RunningPeer, 'folder'>): readonly string[] {
  using database = new DatabaseSync(join(folder, 'data', 'state', `${channel}.sqlite`), { readOnly: true })
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  return tables.flatMap((table) => {
    const name = String(table['name'])
    const rows = database.prepare(`SELECT * FROM ${name}`).all()
    return rows.map((row) => `${name} ${JSON.stringify(Object.values(row))}`).sort()
  })
}

/** Deletes the peer's world state, so that its next start makes it anew of its blocks; the peer must not run. */
export function forgetState({ folder }: Pick<RunningPeer, 'folder'>): void {
  rmSync(join(folder, 'data', 'state'), { recursive: true })
}
